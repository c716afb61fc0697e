import { format } from "sql-formatter";

/** Longer texts are shown as they are; laying them out takes time and helps nobody. */
const longest = 20_000;
/** A statement that fits on a line is read best on one. */
const widestLine = 100;

/**
 * SQL laid out to be read. Never to be run or compared: it is the original where the layout would change anything but white
 * space, or is not possible.
 */
export function formatSql(sql: string): string {
  if (sql.length > longest || (sql.length <= widestLine && !sql.includes("\n"))) return sql;
  try {
    const formatted = format(sql, { language: "postgresql", keywordCase: "preserve", tabWidth: 2 });
    const laidOut = bodiesAtTheEdge(onOneLine(formatted) ?? formatted);
    return withoutSpace(laidOut) === withoutSpace(sql) ? laidOut : sql;
  } catch {
    return sql;
  }
}

/** The lines as one, where that is short enough and no line ends in what goes on in the next: a comment, a string, a body. */
function onOneLine(formatted: string): string | undefined {
  if (formatted.length > 2 * widestLine || /--|\/\*|\$/.test(formatted)) return undefined;
  const lines = formatted.split("\n");
  if (lines.some((line) => (line.match(/['"]/g) ?? []).length % 2 === 1 || line.trim() === "")) return undefined;
  const joined = lines
    .map((line) => line.trim())
    .reduce((before, line) => (before.endsWith("(") || line.startsWith(")") ? before + line : `${before} ${line}`));
  return joined.length <= widestLine ? joined : undefined;
}

/** Bodies of functions and DO blocks without the indentation of the program that sends them. */
function bodiesAtTheEdge(formatted: string): string {
  return formatted.replaceAll(/(\$\w*\$)(\n[^]*?)\1/g, (whole, tag: string, body: string) => {
    const indents = [...body.matchAll(/\n([ \t]*)(?=\S|$)/g)].map(([, indent = ""]) => indent.length);
    const common = Math.min(...indents);
    if (!Number.isFinite(common) || common === 0) return whole;
    return tag + body.replaceAll(/\n[ \t]*/g, (start) => `\n${start.slice(1 + common)}`) + tag;
  });
}

// White space is what PostgreSQL takes for it: what JavaScript does beside that could be part of a name.
const withoutSpace = (text: string): string => text.replaceAll(/[ \t\n\r\f\v]+/g, "");
