/** The default of a column as its definition writes it; `undefined` where that cannot be told from what stands around it. */
export const defaultText = (definition: string | undefined): string | undefined =>
  textAfter(definition, "default", afterDefault);

/** What `ALTER COLUMN … TYPE … USING` makes of a value, as its command writes it; `undefined` as above. */
export const usingText = (command: string | undefined): string | undefined => textAfter(command, "using");

/** The condition of a check as its definition writes it, without the parentheses around it; `undefined` as above. */
export const checkCondition = (definition: string | undefined): string | undefined =>
  textInParentheses(definition, "check");

/** The expression of a generated column, as its definition or `SET EXPRESSION` writes it; `undefined` as above. */
export const generatedText = (definition: string | undefined): string | undefined =>
  textInParentheses(definition, "as");

/** What stands behind a word, up to the first word that cannot be part of it. */
function textAfter(definition: string | undefined, word: string, end?: RegExp): string | undefined {
  if (definition === undefined || /--|\/\*/.test(definition)) return undefined;
  let depth = 0;
  let begin: number | undefined;
  for (const { 0: token, index } of definition.matchAll(tokens)) {
    if (token === "(" || token === "[") depth += 1;
    else if (token === ")" || token === "]") depth -= 1;
    else if (depth > 0) continue;
    else if (begin === undefined && token.toLowerCase() === word) begin = index + token.length;
    else if (begin !== undefined && end?.test(token)) return definition.slice(begin, index).trim();
  }
  return begin === undefined ? undefined : definition.slice(begin).trim();
}

/** What stands in the parentheses behind a word. */
function textInParentheses(definition: string | undefined, word: string): string | undefined {
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
    isNext = depth === 0 && token.toLowerCase() === word;
  }
  return undefined;
}

/** Strings and quoted names whole, brackets, words. */
const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\]]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

/** What may follow a default in the definition of a column: https://www.postgresql.org/docs/18/sql-createtable.html */
const afterDefault =
  /^(?:constraint|not|null|unique|primary|check|references|collate|generated|deferrable|initially|storage|compression)$/i;
