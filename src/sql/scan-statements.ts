/** One statement as the scanner sees it, in UTF-16 offsets into the text. */
export interface ScannedStatement {
  /** Of its first token that is neither white space nor comment. */
  readonly start: number;
  /** One past its semicolon, or the end of the text. */
  readonly end: number;
}

// Identifiers may hold `$` but not begin with it, so that `a$b$` is no dollar quote.
const token =
  /--|\/\*|'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w$]*|[^\s]/g;

/**
 * Finds the statements of a text without understanding them: it knows strings, quoted names, dollar quotes, comments,
 * parentheses and `BEGIN ATOMIC` bodies, as psql does, and nothing else. Never fails; whatever is not closed reaches to the end.
 * Reads the text once, however long it is. Assumes `standard_conforming_strings`, PostgreSQL's default.
 */
export function* scanStatements(sql: string): Generator<ScannedStatement> {
  let start = -1;
  let parentheses = 0;
  let blocks = 0;
  let words: string[] = [];
  let previous = "";
  const matcher = new RegExp(token);
  for (let match = matcher.exec(sql); match; match = matcher.exec(sql)) {
    const text = match[0];
    matcher.lastIndex = endOfToken(sql, text, match.index, matcher.lastIndex);
    if (text === "--" || text === "/*") continue;
    if (text === ";" && start === -1) continue;
    if (text === ";" && parentheses <= 0 && blocks === 0) {
      yield { start, end: match.index + 1 };
      start = -1;
      parentheses = 0;
      words = [];
      continue;
    }
    if (start === -1) start = match.index;
    if (text === "(") parentheses += 1;
    else if (text === ")") parentheses -= 1;
    else if (/^[a-z]/i.test(text)) {
      const word = text.toLowerCase();
      if (words.length < 4) words.push(word);
      blocks += blockChange(word, previous, words, blocks);
      previous = word;
    }
  }
  if (start !== -1) yield { start, end: sql.length };
}

/** Whether a text holds anything but white space, comments and semicolons. */
export function hasStatement(sql: string): boolean {
  let rest = withoutLeadingComments(sql);
  while (rest.startsWith(";")) rest = withoutLeadingComments(rest.slice(1));
  return rest !== "";
}

/** A statement from its first word on. Reads no comment twice, however long: an expression over the whole would. */
export function withoutLeadingComments(sql: string): string {
  const visible = /\S/g;
  for (let match = visible.exec(sql); match; match = visible.exec(sql)) {
    if (sql.startsWith("--", match.index)) visible.lastIndex = endOfLine(sql, match.index);
    else if (sql.startsWith("/*", match.index)) visible.lastIndex = endOfComment(sql, match.index);
    else return sql.slice(match.index);
  }
  return "";
}

/** The same without the semicolon at its end and the blanks around that. */
export function bareStatement(sql: string): string {
  const text = withoutLeadingComments(sql).trimEnd();
  return text.endsWith(";") ? text.slice(0, -1).trimEnd() : text;
}

/** A statement that ends in a semicolon which the server sees: in front of a comment at its end, not in it. */
export function terminated(sql: string): string {
  let end = 0;
  const matcher = new RegExp(token);
  for (let match = matcher.exec(sql); match; match = matcher.exec(sql)) {
    matcher.lastIndex = endOfToken(sql, match[0], match.index, matcher.lastIndex);
    if (match[0] !== "--" && match[0] !== "/*") end = matcher.lastIndex;
  }
  return end === 0 || sql[end - 1] === ";" ? sql : `${sql.slice(0, end)};${sql.slice(end)}`;
}

/** The mark of a dollar quote that a text opens and does not close, such as `$$`. */
export function openDollarQuote(sql: string): string | undefined {
  const matcher = new RegExp(token);
  for (let match = matcher.exec(sql); match; match = matcher.exec(sql)) {
    const [text] = match;
    const isQuote = text.length > 1 && text.startsWith("$");
    if (isQuote && sql.indexOf(text, matcher.lastIndex) === -1) return text;
    matcher.lastIndex = endOfToken(sql, text, match.index, matcher.lastIndex);
  }
  return undefined;
}

/** `CREATE FUNCTION … BEGIN ATOMIC …; …; END` is one statement; `CASE … END` inside it has an `END` of its own. */
function blockChange(word: string, previous: string, words: readonly string[], blocks: number): number {
  if (blocks > 0) return word === "case" ? 1 : word === "end" ? -1 : 0;
  const routine = words[0] === "create" && words.some((first) => first === "function" || first === "procedure");
  return routine && word === "atomic" && previous === "begin" ? 1 : 0;
}

/** Where what a token begins is over: a comment, a string, a quoted name, a body. @param end of the token itself */
function endOfToken(sql: string, text: string, start: number, end: number): number {
  if (text === "--") return endOfLine(sql, start);
  if (text === "/*") return endOfComment(sql, start);
  if (text === "'") return endOfString(sql, start, false);
  if (text === '"') return after(sql, '"', start + 1);
  if (text.length > 1 && text.startsWith("$")) return after(sql, text, end);
  return /^e$/i.test(text) && sql[end] === "'" ? endOfString(sql, end, true) : end;
}

function after(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}

function endOfLine(sql: string, from: number): number {
  const end = /[\r\n]/g;
  end.lastIndex = from;
  return end.exec(sql)?.index ?? sql.length;
}

function endOfComment(sql: string, from: number): number {
  let depth = 0;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  for (let match = mark.exec(sql); match; match = mark.exec(sql)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}

/** `from` is the opening quote. A string that is continued on the next line goes on by the same rules. */
function endOfString(sql: string, from: number, escapes: boolean): number {
  const mark = escapes ? /\\[^]|'(?:[ \t\f\v]*[\r\n]\s*')?/g : /'/g;
  mark.lastIndex = from + 1;
  for (let match = mark.exec(sql); match; match = mark.exec(sql)) {
    if (match[0] === "'" && escapes && sql[mark.lastIndex] === "'") mark.lastIndex += 1;
    else if (match[0] === "'") return mark.lastIndex;
  }
  return sql.length;
}
