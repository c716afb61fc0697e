/** `NAMEDATALEN` less its end, in bytes. */
const longest = 63;

/**
 * The name that PostgreSQL makes up for an object of a table, unless it is taken: the longer of both parts is cut until all of
 * it fits. https://www.postgresql.org/docs/18/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
export function objectName(table: string, columns: readonly string[], label: string): string {
  const whole = [table, ...columns, label].join("_");
  if (Buffer.byteLength(whole) <= longest) return whole;
  const [first, second] = [Buffer.from(table), Buffer.from(columns.join("_"))];
  const room = longest - Buffer.byteLength(label) - 1 - (columns.length > 0 ? 1 : 0);
  let [head, tail] = [first.length, second.length];
  while (head + tail > room)
    if (head > tail) head -= 1;
    else tail -= 1;
  return [clipped(first, head), ...(columns.length > 0 ? [clipped(second, tail)] : []), label].join("_");
}

/** The same, or the first that a number behind its label makes free. */
export function freeObjectName(
  table: string,
  columns: readonly string[],
  label: string,
  isTaken: (name: string) => boolean,
): string {
  let name = objectName(table, columns, label);
  for (let number = 1; isTaken(name); number += 1) name = objectName(table, columns, `${label}${number}`);
  return name;
}

/** The first bytes, without a character that is cut in two. */
function clipped(text: Buffer, bytes: number): string {
  let end = bytes;
  while (end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return text.toString("utf8", 0, end);
}
