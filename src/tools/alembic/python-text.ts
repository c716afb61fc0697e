import type { Files } from "../../files.ts";

/** How a Python file says in its first two lines that it is in Latin-1: https://peps.python.org/pep-0263/ */
const latin1 = /^(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*(?:latin-?1|iso-?8859-?1|cp1252|windows-1252)\b/i;

/** The text of a Python file, in the encoding that it names. @throws ConfigurationError where it is in neither UTF-8 nor Latin-1 */
export function pythonText(files: Files, path: string): string {
  const text = Buffer.from(files.bytes(path)).toString("latin1");
  return latin1.test(text) ? text : files.text(path);
}
