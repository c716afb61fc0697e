import { hash } from "node:crypto";
import { loaded } from "./parser.ts";

/**
 * The same text for statements that differ only in constants, in how many of them a list holds, and in layout, line ends included. The library's
 * own fingerprint also passes over schemas, digits in names and the order of columns; here these count.
 * @throws Error when the text does not parse or is too long to try, or `loadParser` was not awaited before
 */
export function fingerprint(text: string): string {
  const parser = loaded();
  const sql = text.replaceAll("\r\n", "\n");
  if (sql.length > maxLength) throw new Error(`A text of ${sql.length} characters has no fingerprint.`);
  const shape = parser.fingerprintSync(sql);
  // A longer text's tree would not fit the parser's memory.
  if (sql.length > maxNamedLength) return shape;
  const names: string[] = [];
  collectNames(parser.parseSync(sql), names);
  return hash("sha256", `${shape} ${names.join(" ")}`).slice(0, shape.length);
}

/** The parser writes to standard output where its memory ends; here, statements of a few letters still fit twice. */
const maxLength = 16_000_000;
const maxNamedLength = 1_000_000;
const nameFields = new Set(["catalogname", "schemaname", "relname", "name", "sval"]);

/** The names of relations, columns and functions in a parse tree, in their order; constants are no names. */
function collectNames(value: unknown, names: string[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    // Of a type a driver may write one for a value and none for NULL.
    if (field === "A_Const" || field === "typeName") continue;
    if (typeof inner === "string") {
      if (nameFields.has(field)) names.push(JSON.stringify(inner));
    } else collectNames(inner, names);
  }
}
