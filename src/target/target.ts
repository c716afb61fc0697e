import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { accountName } from "../account-name.ts";
import { UsageError } from "../errors.ts";
import { readConnectionWords, type ConnectionWords } from "./connection-words.ts";
import { passwordFromFile } from "./password-file.ts";

/** One server that may be the target's. */
export interface TargetHost {
  /** A name or an address; or, beginning with `/`, the directory of its Unix socket. */
  readonly host: string;
  /** The address to connect to, where looking the name up is not wanted. */
  readonly address?: string;
  readonly port: number;
}

/** How much of TLS, in libpq's words. https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

/** What is wanted of the server that a connection ends up at. */
export type SessionAttributes = "any" | "read-write" | "read-only" | "primary" | "standby" | "prefer-standby";

/** A database that others depend on, and how to reach it. Neither `inspect` nor JSON shows a secret of it. */
export interface Target {
  /** Tried in this order. */
  readonly hosts: readonly TargetHost[];
  readonly user: string;
  readonly database: string;
  readonly sslMode: SslMode;
  readonly sslNegotiation: "postgres" | "direct";
  /** File names of the certificates and keys that were named; what is absent has libpq's default. */
  readonly ssl: {
    readonly rootCertificate?: string;
    readonly revocationList?: string;
    readonly certificate?: string;
    readonly key?: string;
    /** Of the key file. */
    readonly password: () => string | undefined;
    readonly minVersion?: string;
    readonly maxVersion?: string;
    /** Where libpq looks for what is not named; `~/.postgresql`. */
    readonly directory: string;
  };
  readonly channelBinding: "disable" | "prefer" | "require";
  /** Ways to log in that are accepted; empty: every one. */
  readonly requireAuth: readonly string[];
  readonly sessionAttributes: SessionAttributes;
  /** For each attempt to reach one host. */
  readonly connectTimeoutMs: number;
  /** Server settings for each session, as `-c name=value`. */
  readonly options?: string;
  readonly clientEncoding?: string;
  /** Absent when none is known; looked for in the password file for each host. @throws UsageError when the file may be read by others */
  readonly password: (host: TargetHost) => string | undefined;
}

const modes: ReadonlySet<string> = new Set(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]);
const attributes: ReadonlySet<string> = new Set([
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
]);
const bindings: ReadonlySet<string> = new Set(["disable", "prefer", "require"]);
const negotiations: ReadonlySet<string> = new Set(["postgres", "direct"]);

/** libpq waits for ever unless it is told otherwise; nobody sits in front of a pipeline. */
const defaultConnectTimeoutMs = 15_000;

/**
 * Reads where the target is, as libpq does: a URI or `keyword=value` pairs, then a service file, `PG*` variables and
 * defaults. Reads files, connects to nothing.
 * https://www.postgresql.org/docs/current/libpq-connect.html
 * @param text absent: the variables say it all
 * @throws UsageError that repeats no value which could be a secret
 */
export function parseTarget(
  text: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Target {
  const home = environment["HOME"] ?? homedir();
  const words = readConnectionWords(text ?? "", environment, home);
  const user = words.get("user") ?? accountName();
  if (user === undefined)
    throw new UsageError(
      "No user is named for the database, and the account that this runs under has no name: name one.",
    );
  const database = words.get("dbname") ?? user;
  const password = words.get("password");
  const sslPassword = words.get("sslpassword");
  const passwordFile = words.get("passfile") ?? join(home, ".pgpass");
  const rootCertificate = words.get("sslrootcert");
  const sslMode = choice(words, "sslmode", modes, rootCertificate === "system" ? "verify-full" : "prefer") as SslMode;
  if (rootCertificate === "system" && sslMode !== "verify-full")
    throw new UsageError(
      `The target trusts every certificate authority of the system (sslrootcert=system), which proves nothing with sslmode=${sslMode}; use sslmode=verify-full.`,
    );
  const sslNegotiation = choice(words, "sslnegotiation", negotiations, "postgres") as Target["sslNegotiation"];
  if (sslNegotiation === "direct" && ["disable", "allow", "prefer"].includes(sslMode))
    throw new UsageError(
      `The target wants TLS from the first byte (sslnegotiation=direct), which sslmode=${sslMode} may do without; use sslmode=require or a stronger one.`,
    );
  refuseUnsupported(words);
  return {
    hosts: readHosts(words),
    user,
    database,
    sslMode,
    sslNegotiation,
    ssl: {
      ...optional("rootCertificate", rootCertificate),
      ...optional("revocationList", words.get("sslcrl")),
      ...optional("certificate", words.get("sslcert")),
      ...optional("key", words.get("sslkey")),
      ...optional("minVersion", words.get("ssl_min_protocol_version")),
      ...optional("maxVersion", words.get("ssl_max_protocol_version")),
      password: () => sslPassword,
      directory: join(home, ".postgresql"),
    },
    channelBinding: choice(words, "channel_binding", bindings, "prefer") as Target["channelBinding"],
    requireAuth: list(words.get("require_auth")),
    sessionAttributes: choice(words, "target_session_attrs", attributes, "any") as SessionAttributes,
    connectTimeoutMs: connectTimeout(words.get("connect_timeout")),
    ...optional("options", words.get("options")),
    ...optional("clientEncoding", words.get("client_encoding")),
    password: (host) => password ?? passwordFromFile(passwordFile, { ...host, user, database }),
  };
}

/** For people: `host:port/database as user`, without a secret. */
export function describeTarget({ hosts, database, user }: Target): string {
  return `${hosts.map(describeHost).join(",")}/${database} as ${user}`;
}

/** `host:port`, or the directory of the socket. */
export function describeHost({ host, port }: TargetHost): string {
  if (host.startsWith("/")) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function readHosts(words: ConnectionWords): readonly TargetHost[] {
  const names = list(words.get("host"));
  const addresses = list(words.get("hostaddr"));
  const ports = (words.get("port") ?? "5432").split(",").map((port) => port.trim() || "5432");
  const count = Math.max(names.length, addresses.length, 1);
  if (addresses.length > 0 && names.length > 0 && addresses.length !== names.length)
    throw new UsageError("The target names another number of addresses (hostaddr) than of hosts; give one for each.");
  if (ports.length > 1 && ports.length !== count)
    throw new UsageError("The target names another number of ports than of hosts; give one for all, or one for each.");
  return Array.from({ length: count }, (_, index) => {
    const port = Number(ports[index] ?? ports[0]);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new UsageError("The target's port is no number from 1 to 65535.");
    const address = addresses[index];
    return { host: names[index] || address || defaultHost(port), port, ...optional("address", address) };
  });
}

/** A socket in one of the usual directories, else this machine. */
function defaultHost(port: number): string {
  return ["/var/run/postgresql", "/tmp"].find((path) => existsSync(`${path}/.s.PGSQL.${port}`)) ?? "localhost";
}

function choice(words: ConnectionWords, name: string, choices: ReadonlySet<string>, otherwise: string): string {
  const value = words.get(name);
  if (value === undefined) return otherwise;
  if (choices.has(value)) return value;
  throw new UsageError(`The target's ${name} is none of libpq's: use ${[...choices].join(", ")}.`);
}

function connectTimeout(seconds: string | undefined): number {
  if (seconds === undefined) return defaultConnectTimeoutMs;
  const given = Number(seconds);
  if (!Number.isInteger(given)) throw new UsageError("The target's connect_timeout is no whole number of seconds.");
  return given > 0 ? given * 1000 : defaultConnectTimeoutMs;
}

/** What would weaken a connection if it were ignored. */
function refuseUnsupported(words: ConnectionWords): void {
  if (words.get("gssencmode") === "require")
    throw new UsageError("The target wants GSSAPI encryption, which Headgate does not speak; use TLS (sslmode).");
  for (const name of ["requirepeer", "sslcrldir", "scram_client_key", "scram_server_key", "replication"])
    if (words.has(name))
      throw new UsageError(`The target says ${name}, which Headgate does not know; leave it out and use another way.`);
}

function list(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(",").map((part) => part.trim());
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [name in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: Value };
}
