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
    return withoutSpace(formatted) === withoutSpace(sql) ? formatted : sql;
  } catch {
    return sql;
  }
}

// White space is what PostgreSQL takes for it: what JavaScript does beside that could be part of a name.
const withoutSpace = (text: string): string => text.replaceAll(/[ \t\n\r\f\v]+/g, "");
