import { UsageError } from "../errors.ts";
import { serviceWords } from "./service-file.ts";

/** libpq's keywords with their values; those without a value are absent. */
export type ConnectionWords = ReadonlyMap<string, string>;

/** The variables that stand in for keywords. https://www.postgresql.org/docs/current/libpq-envars.html */
const variables: Readonly<Record<string, string>> = {
  PGHOST: "host",
  PGHOSTADDR: "hostaddr",
  PGPORT: "port",
  PGDATABASE: "dbname",
  PGUSER: "user",
  PGPASSWORD: "password",
  PGPASSFILE: "passfile",
  PGREQUIREAUTH: "require_auth",
  PGCHANNELBINDING: "channel_binding",
  PGSERVICE: "service",
  PGOPTIONS: "options",
  PGSSLMODE: "sslmode",
  PGSSLNEGOTIATION: "sslnegotiation",
  PGSSLCERT: "sslcert",
  PGSSLKEY: "sslkey",
  PGSSLROOTCERT: "sslrootcert",
  PGSSLCRL: "sslcrl",
  PGSSLCRLDIR: "sslcrldir",
  PGSSLMINPROTOCOLVERSION: "ssl_min_protocol_version",
  PGSSLMAXPROTOCOLVERSION: "ssl_max_protocol_version",
  PGREQUIREPEER: "requirepeer",
  PGGSSENCMODE: "gssencmode",
  PGCONNECT_TIMEOUT: "connect_timeout",
  PGCLIENTENCODING: "client_encoding",
  PGTARGETSESSIONATTRS: "target_session_attrs",
};

/** Known to libpq and without a meaning here: what they tune is Node's, and names of applications are Headgate's. */
const ignored =
  "application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslcompression sslsni sslcertmode krbsrvname gsslib gssdelegation load_balance_hosts min_protocol_version max_protocol_version sslkeylogfile";
const known: ReadonlySet<string> = new Set([
  ...Object.values(variables),
  ...ignored.split(" "),
  "sslpassword",
  "servicefile",
  "scram_client_key",
  "scram_server_key",
  "replication",
]);

const scheme = /^\s*postgres(?:ql)?(?:\+\w+)?:\/\//i;

/** All keywords of a connection: those of the text, then those of its service, then the environment's. @throws UsageError */
export function readConnectionWords(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): ConnectionWords {
  const given = scheme.test(text) ? uriWords(text) : pairWords(text);
  for (const name of given.keys())
    if (!known.has(name))
      throw new UsageError(
        `The target has a parameter ${/^\w{1,40}$/.test(name) ? name : "with a strange name"}, which libpq does not know; leave it out.`,
      );
  const fromVariables = Object.entries(variables).flatMap(([variable, word]): [string, string][] => {
    const value = environment[variable];
    return value ? [[word, value]] : [];
  });
  const words = new Map([...fromVariables, ...[...given].filter(([, value]) => value !== "")]);
  const service = words.get("service");
  if (service === undefined) return words;
  const fromService = serviceWords(service, environment, home, words.get("servicefile"));
  return new Map([...fromVariables, ...fromService, ...[...given].filter(([, value]) => value !== "")]);
}

/** `postgresql://user:password@host:port,host/database?keyword=value` */
function uriWords(text: string): Map<string, string> {
  const rest = text.trim().replace(scheme, "");
  const [beforeQuery = "", query = ""] = splitAt(rest, "?");
  const slash = beforeQuery.indexOf("/");
  const authority = slash < 0 ? beforeQuery : beforeQuery.slice(0, slash);
  const at = authority.lastIndexOf("@");
  const [user = "", password] = at < 0 ? [] : splitAt(authority.slice(0, at), ":");
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const place of authority.slice(at + 1).split(",")) {
    const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place);
    if (!match) throw unreadable();
    hosts.push(decode((match[1] ?? "").replace(/^\[(.*)\]$/, "$1")));
    ports.push(match[2] ?? "");
  }
  const words = new Map<string, string>();
  const add = (name: string, value: string | undefined): void => void (value && words.set(name, value));
  add("user", decode(user));
  add("password", password === undefined ? undefined : decode(password));
  if (hosts.some((host) => host !== "")) words.set("host", hosts.join(","));
  if (ports.some((port) => port !== "")) words.set("port", ports.join(","));
  add("dbname", slash < 0 ? undefined : decode(beforeQuery.slice(slash + 1)));
  for (const pair of query === "" ? [] : query.split("&")) {
    const [name = "", value] = splitAt(pair, "=");
    if (value === undefined) throw unreadable();
    // JDBC's way to ask for TLS, which libpq takes too.
    if (name === "ssl" && value === "true") words.set("sslmode", "require");
    else words.set(decode(name), decode(value));
  }
  return words;
}

/** `keyword=value keyword='value with blanks'` */
function pairWords(text: string): Map<string, string> {
  const words = new Map<string, string>();
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|((?:[^\s'\\]|\\[^])*))(?=\s|$)/y;
  let end = 0;
  for (let match = pair.exec(text); match; match = pair.exec(text)) {
    words.set(match[1] as string, (match[2] ?? match[3] ?? "").replace(/\\([^])/g, "$1"));
    end = pair.lastIndex;
  }
  if (text.slice(end).trim() !== "") throw unreadable();
  return words;
}

function splitAt(text: string, mark: string): [string, string?] {
  const index = text.indexOf(mark);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): UsageError {
  return new UsageError(
    "The target cannot be read; give a URI (postgresql://…, special characters percent-encoded) or keyword=value pairs.",
  );
}
