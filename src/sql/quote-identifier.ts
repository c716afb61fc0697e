/** A name as SQL writes it: always in double quotes, with the quotes inside it doubled. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A text as an SQL string constant. Backslashes are escaped explicitly, so the result means the same
 * whatever `standard_conforming_strings` is.
 */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/** A name that may be qualified, as PostgreSQL quotes it, without its quotes: `public."Order"` as `public.Order`. */
export const unquotedName = (name: string): string =>
  name.replaceAll(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"'));
