import { accountName } from "../account-name.ts";
import { UsageError } from "../errors.ts";
import type { DatabaseConnection } from "../database-connection.ts";

const scheme = /^postgres(?:ql)?(?:\+\w+)?:\/\//i;

/**
 * Reads a connection URL as libpq does, and as SQLAlchemy writes it (`postgresql+psycopg://`). What it leaves out comes
 * from `PGUSER` and `PGPASSWORD`, else from the operating system's account.
 * @throws UsageError that does not repeat the URL
 */
export function readDatabaseUrl(text: string): DatabaseConnection {
  if (!scheme.test(text))
    throw new UsageError("The database URL is not one of PostgreSQL; it begins with postgresql:// or postgres://.");
  // An authority may be empty for a socket (postgresql:///shop?host=/run/postgresql), which URL accepts only for http.
  const rest = text
    .trim()
    .replace(scheme, "")
    .replace(/^([^/?]*@)?(?=[/?]|$)/, "$1placeholder.invalid");
  let url: URL;
  let parts: { user: string; password: string; database: string };
  try {
    url = new URL(`http://${rest}`);
    parts = {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
    };
  } catch {
    throw new UsageError(
      "The database URL cannot be read; it names one host, and special characters in it are percent-encoded.",
    );
  }
  const option = (name: string): string | undefined => url.searchParams.get(name) || undefined;
  if (/^(require|verify-ca|verify-full)$/.test(option("sslmode") ?? ""))
    throw new UsageError(
      "The database URL asks for TLS (sslmode), which the engine url does not speak; use a server that is reached without it.",
    );
  const hostname = url.hostname === "placeholder.invalid" ? undefined : url.hostname.replace(/^\[(.*)\]$/, "$1");
  // The default port of http is dropped by URL.
  const port = option("port") ?? (url.port || (/:80(?=[/?]|$)/.test(rest) ? "80" : "5432"));
  const user = parts.user || option("user") || process.env["PGUSER"] || accountName();
  if (user === undefined)
    throw new UsageError("The database URL names no user, and the account that this runs under has no name: name one.");
  return {
    host: option("host") ?? hostname ?? "localhost",
    port: Number(port),
    user,
    password: parts.password || option("password") || process.env["PGPASSWORD"] || "",
    database: parts.database || option("dbname") || user,
  };
}
