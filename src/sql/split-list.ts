const token =
  /--[^\r\n]*|\/\*|'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[()[\],]/g;

/** Cuts a statement at the commas that stand in no parentheses, strings or comments; the pieces are trimmed. */
export function splitList(sql: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  const matcher = new RegExp(token);
  for (let match = matcher.exec(sql); match; match = matcher.exec(sql)) {
    const [text] = match;
    if (text === "(" || text === "[") depth += 1;
    else if (text === ")" || text === "]") depth -= 1;
    else if (text === "," && depth === 0) {
      pieces.push(sql.slice(from, match.index).trim());
      from = match.index + 1;
    } else if (text === "/*") matcher.lastIndex = past(sql, "*/", matcher.lastIndex);
    else if (text === "'" || text === '"' || text.startsWith("$"))
      matcher.lastIndex = past(sql, text, matcher.lastIndex);
  }
  pieces.push(sql.slice(from).trim());
  return pieces;
}

function past(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}
