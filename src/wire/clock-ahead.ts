import { withLaterClock } from "../sql/later-clock.ts";
import type { Context } from "./conversation.ts";
import { message, queryText } from "./messages.ts";
import { readParse } from "./extended-messages.ts";

/** A simple query as the server is to have it, where the database's clock is ahead. */
export function queryAhead(context: Context, query: Buffer): Buffer {
  const text = queryText(query);
  const later = ahead(context, text);
  return later === undefined ? query : message("Q", later);
}

/** The same of a Parse message, all of which is there. */
export function parseAhead(context: Context, parse: Buffer): Buffer {
  const { name, sql } = readParse(parse);
  const later = ahead(context, sql);
  return later === undefined ? parse : message("P", name, later, parse.subarray(7 + name.length + sql.length));
}

/** Nothing where it is the same. */
function ahead({ exchange, notebook }: Context, bytes: Buffer): string | undefined {
  const days = notebook.daysAhead();
  if (days === 0 || exchange.parameter("client_encoding") !== "UTF8") return undefined;
  const sql = bytes.toString("utf8");
  const later = withLaterClock(sql, days);
  return later === sql ? undefined : later;
}
