/** The default of a column as its definition writes it; `undefined` where that cannot be told from what stands around it. */
export function defaultText(definition: string | undefined): string | undefined {
  if (definition === undefined || /--|\/\*/.test(definition)) return undefined;
  let depth = 0;
  let begin: number | undefined;
  for (const { 0: token, index } of definition.matchAll(tokens)) {
    if (token === "(" || token === "[") depth += 1;
    else if (token === ")" || token === "]") depth -= 1;
    else if (depth > 0) continue;
    else if (begin === undefined && /^default$/i.test(token)) begin = index + token.length;
    else if (begin !== undefined && afterDefault.test(token)) return definition.slice(begin, index).trim();
  }
  return begin === undefined ? undefined : definition.slice(begin).trim();
}

/** The condition of a check as its definition writes it, without the parentheses around it; `undefined` as above. */
export function checkCondition(definition: string | undefined): string | undefined {
  if (definition === undefined || /--|\/\*/.test(definition)) return undefined;
  let depth = 0;
  let begin: number | undefined;
  let isNext = false;
  for (const { 0: token, index } of definition.matchAll(tokens)) {
    if (token === "(" || token === "[") {
      depth += 1;
      if (isNext) begin ??= index + 1;
    } else if (token === ")" || token === "]") {
      depth -= 1;
      if (depth === 0 && begin !== undefined) return definition.slice(begin, index).trim();
    }
    isNext = depth === 0 && /^check$/i.test(token);
  }
  return undefined;
}

/** Strings and quoted names whole, brackets, words. */
const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\]]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

/** What may follow a default in the definition of a column: https://www.postgresql.org/docs/18/sql-createtable.html */
const afterDefault =
  /^(?:constraint|not|null|unique|primary|check|references|collate|generated|deferrable|initially|storage|compression)$/i;
