import type { DatabaseConnection } from "../database-connection.ts";
import { optional } from "../optional.ts";

const scheme = String.raw`(?:jdbc:)?(?:postgres(?:ql)?|pgsql|psql|postgis)(?:\+\w+)?:\/\/`;
const wholeUrl = new RegExp(String.raw`^\s*(${scheme})`, "i");
const embeddedUrl = new RegExp(String.raw`(${scheme})[^\s"'<>\x60{}]*`, "gi");

const libpqKeyword = /(?:^|\s)(host|hostaddr|port|user|password|dbname|service)\s*=/g;

/** Parameters that cannot lead to another server or account; every other one is left out. */
const keptParameters = new Set([
  "application_name",
  "async_fallback",
  "client_encoding",
  "connect_timeout",
  "connection_limit",
  "currentSchema",
  "schema",
  "search_path",
]);

/** A URL for `connection`; `prefix` is all that stands before the account, for example `postgresql+asyncpg://`. */
export function connectionUrl(connection: DatabaseConnection, prefix = "postgresql://", query = ""): string {
  const { user, password, database, port } = connection;
  const host = connection.host.includes(":") ? `[${connection.host}]` : connection.host;
  const parameters = keptQuery(query);
  const place = `${host}:${port}/${encodeURIComponent(database)}`;
  if (prefix.toLowerCase().startsWith("jdbc:")) {
    // JDBC takes the account as parameters only.
    const account = new URLSearchParams({ user, password }).toString();
    return `${prefix}${place}?${account}${parameters && `&${parameters}`}`;
  }
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `${prefix}${account}@${place}${parameters && `?${parameters}`}`;
}

/**
 * `value` with every PostgreSQL URL or libpq keyword string in it leading to `connection`, in the same spelling;
 * `undefined` when there is none in it.
 */
export function redirectConnectionString(value: string, connection: DatabaseConnection): string | undefined {
  const whole = wholeUrl.exec(value)?.[1];
  if (whole !== undefined) return connectionUrl(connection, whole, afterQuestionMark(value));
  if (value.search(embeddedUrl) !== -1)
    return value.replace(embeddedUrl, (url, prefix: string) =>
      connectionUrl(connection, prefix, afterQuestionMark(url)),
    );
  const keywords = new Set([...value.matchAll(libpqKeyword)].map((match) => match[1]));
  if (keywords.size > 1 || keywords.has("service")) return keywordString(connection, keywordOptions(value));
  return undefined;
}

/**
 * What connections made from these variables of a tool begin with, as libpq's `options`: PostgreSQL's own switches, and the
 * search path that a URL names (`search_path`; `schema` for Prisma, `currentSchema` for JDBC). Empty where they say nothing.
 */
export function sessionOptions(environment: Readonly<Record<string, string>>): string {
  const found = Object.entries(environment).flatMap(([name, value]) => {
    if (name === "PGOPTIONS") return [value];
    if (!wholeUrl.test(value)) return keywordOptions(value) ?? [];
    return [...new URLSearchParams(afterQuestionMark(value))].flatMap(([parameter, given]) => {
      if (parameter === "options") return isSwitches(given) ? [given] : [];
      return searchPaths.has(parameter) ? [`-c search_path=${given.replace(/[\\\s]/g, "\\$&")}`] : [];
    });
  });
  return found.join(" ");
}

const searchPaths: ReadonlySet<string> = new Set(["search_path", "schema", "currentSchema"]);

/** Some hosts use `options` to name the server to route to: PostgreSQL's own begin with a dash. */
const isSwitches = (options: string): boolean => /^\s*-/.test(options);

/** `options` of a libpq keyword string, unless they name a server. */
function keywordOptions(value: string): string | undefined {
  const [, quoted, bare] = /(?:^|\s)options\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s']\S*))/s.exec(value) ?? [];
  const options = (quoted ?? bare)?.replace(/\\(.)/gs, "$1");
  return options !== undefined && isSwitches(options) ? options : undefined;
}

function keywordString({ host, port, user, password, database }: DatabaseConnection, options?: string): string {
  const keywords = { host, port: String(port), user, password, dbname: database, sslmode: "prefer" };
  return Object.entries({ ...keywords, ...optional("options", options) })
    .map(([keyword, value]) => `${keyword}=${/^[\w.-]+$/.test(value) ? value : `'${value.replace(/[\\']/g, "\\$&")}'`}`)
    .join(" ");
}

function afterQuestionMark(url: string): string {
  const index = url.indexOf("?");
  return index === -1 ? "" : url.slice(index + 1);
}

function keptQuery(query: string): string {
  const kept = [...new URLSearchParams(query)].filter(
    ([name, value]) => keptParameters.has(name) || (name === "options" && isSwitches(value)),
  );
  // Not `+` for a space: libpq takes a plus sign literally.
  return kept.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}
