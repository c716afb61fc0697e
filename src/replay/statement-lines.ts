import type { StatementPlace } from "../sessions/session.ts";
import { bareStatement } from "../sql/scan-statements.ts";
import { splitStatements } from "../sql/split-statements.ts";

/**
 * The line of its migration that sent each of these statements, or `undefined` where that is not known. Statements may have
 * been sent in another order than the code gave them; of equal ones the first comes from the first place.
 * @param sent as they arrived at the server, where a client may have put values into them
 * @throws Error when `loadParser` was not awaited before
 */
export function statementLines(
  sent: readonly string[],
  given: readonly StatementPlace[],
): readonly (number | undefined)[] {
  const places = given.flatMap(eachStatement);
  const waiting = Map.groupBy(places, ({ sql }) => plain(sql));
  // A client that puts values into the text changes it from the first placeholder on.
  const templates = places.flatMap(({ sql, line }) => {
    const begins = plain(sql).split(placeholder)[0] ?? "";
    return begins.length >= shortest && begins !== plain(sql) ? [{ begins, line }] : [];
  });
  return sent.map((sql) => {
    const own = waiting.get(plain(sql));
    if (own) return (own.length > 1 ? own.shift() : own[0])?.line;
    return templates.find(({ begins }) => plain(sql).startsWith(begins))?.line;
  });
}

/** Clients double a `%` that is no placeholder. */
const plain = (sql: string): string => bareStatement(sql).replaceAll("%%", "%");

const placeholder = /%s|%\(|\$\d|:\w|\?/;
/** Fewer characters than this tell no statement from another. */
const shortest = 8;

/** The place, and that of each statement where one text holds several. */
function eachStatement(place: StatementPlace): readonly StatementPlace[] {
  if (!/;\s*\S/.test(place.sql)) return [place];
  const pieces = splitStatements(place.sql);
  return pieces.length > 1 ? [place, ...pieces.map(({ sql }) => ({ ...place, sql }))] : [place];
}
