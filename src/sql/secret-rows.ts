import type { Token } from "./parser.ts";
import { isSecretName } from "./secret-names.ts";
import { constantValue, constantsIn, listItems, soon, type Scanned } from "./token-lists.ts";

/**
 * The constants that rows give to columns whose names say that they are secrets: `INSERT INTO users (name, password) VALUES
 * ('a', 'x')`, the same with SELECT, `(key, value)` with `('smtp_password', 'x')`, `SET (name, password) = ('a', 'x')`,
 * `(VALUES ('a', 'x')) u (name, password)` and `WITH u (name, password) AS (SELECT 'a', 'x')`.
 */
export function secretsInRows(scanned: Scanned): readonly Token[] {
  return scanned.tokens.flatMap(({ text }, index) => {
    const given =
      text === "(" ? rowsBehind(scanned, index) : /^insert$/i.test(text) ? inserted(scanned, index) : undefined;
    return given ? secretItems(scanned, given) : [];
  });
}

/** `SELECT 'x' AS password`. */
export function labelledSecrets({ tokens }: Scanned): readonly Token[] {
  return tokens.flatMap((token, index) => {
    if (!token.isName || !isSecretName(token.text) || !/^as$/i.test(tokens[index - 1]?.text ?? "")) return [];
    const at = tokens[index - 3]?.text === "::" ? index - 4 : index - 2;
    return constantsIn(tokens, at, at + 1);
  });
}

/** The names of columns, and where rows for them begin: at their parenthesis, or at SELECT. */
interface GivenRows {
  readonly columns: readonly string[];
  readonly rows: readonly number[];
}

function secretItems(scanned: Scanned, { columns, rows }: GivenRows): readonly Token[] {
  const { tokens } = scanned;
  return rows.flatMap((row) => {
    const items = listItems(scanned, row);
    const names = items.some(([start, end]) => end - start === 1 && isSecretName(constantValue(tokens[start]) ?? ""));
    return columns.flatMap((column, place) =>
      isSecretName(column) || (names && /^"?val(?:ue)?"?$/i.test(column))
        ? constantsIn(tokens, ...(items[place] ?? [0, 0]))
        : [],
    );
  });
}

function inserted(scanned: Scanned, insert: number): GivenRows | undefined {
  const { tokens, closings } = scanned;
  const open = soon(tokens, insert + 1, /^\($/);
  const source =
    open === undefined ? undefined : soon(tokens, (closings.get(open) ?? open) + 1, /^(?:values|select)$/i);
  if (open === undefined || source === undefined) return undefined;
  return { columns: columnsOf(scanned, open), rows: rowsOf(scanned, source) };
}

/** Where what opens there are columns and rows follow, or rows and columns follow. */
function rowsBehind(scanned: Scanned, open: number): GivenRows | undefined {
  const { tokens, closings } = scanned;
  const word = (at: number): string => tokens[at]?.text.toLowerCase() ?? "";
  const end = closings.get(open);
  if (end === undefined) return undefined;
  if (isSource(word(open + 1))) {
    const alias = word(end + 1) === "as" ? end + 2 : end + 1;
    if (!tokens[alias]?.isName || word(alias + 1) !== "(") return undefined;
    return { columns: columnsOf(scanned, alias + 1), rows: rowsOf(scanned, open + 1) };
  }
  if (!/^(?:=|as)$/.test(word(end + 1))) return undefined;
  const row = soon(tokens, end + 2, /^\($/);
  if (row === undefined) return undefined;
  const rows = isSource(word(row + 1)) ? rowsOf(scanned, row + 1) : word(end + 1) === "=" ? [row] : [];
  return { columns: columnsOf(scanned, open), rows };
}

const isSource = (word: string): boolean => word === "values" || word === "select";

const columnsOf = (scanned: Scanned, open: number): readonly string[] =>
  listItems(scanned, open).map(([start]) => scanned.tokens[start]?.text ?? "");

/** Where the rows of VALUES open; of SELECT, which gives one row of constants, itself. */
function rowsOf({ tokens, closings }: Scanned, source: number): readonly number[] {
  if (/^select$/i.test(tokens[source]?.text ?? "")) return [source];
  const rows: number[] = [];
  for (let open = source + 1; tokens[open]?.text === "("; open = (closings.get(open) ?? tokens.length) + 2)
    rows.push(open);
  return rows;
}
