import { EngineError } from "../errors.ts";
import { describeHost, type Target, type TargetHost } from "./target.ts";

/** What PostgreSQL itself said; `undefined` when it was the network, TLS or this machine. */
function sqlStateOf(error: unknown): string | undefined {
  const { code = "", severity } = error as { readonly code?: string; readonly severity?: string };
  return severity !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether another way to the same host could end better: a server that refuses a connection as such may want it encrypted, or not. */
export function mayGoOtherwise(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  return sqlState === undefined ? !isOurs(error) : sqlState === "28000";
}

/** Whether it was we who did not like the login. */
function isOurs(error: unknown): boolean {
  return /^(?:SASL|log in)/.test((error as { readonly message?: string }).message ?? "");
}

/** Why a host did not let us in, in a sentence that says what to do. Texts of the server stay out: they may repeat what it was told. */
export function connectionFailure(error: unknown, host: TargetHost, { user, database }: Target): EngineError {
  const { code = "", message = "" } = error as { readonly code?: string; readonly message?: string };
  const where = describeHost(host);
  const sqlState = sqlStateOf(error);
  const failure = (sentence: string): EngineError =>
    new EngineError(sentence, { cause: { code, sqlState, ours: isOurs(error) } });
  if (sqlState === "28P01") return failure(`PostgreSQL at ${where} refused the password of ${user}; check it.`);
  if (sqlState?.startsWith("28"))
    return failure(
      `PostgreSQL at ${where} does not let ${user} into ${database} this way; check pg_hba.conf, sslmode and the client certificate.`,
    );
  if (sqlState === "3D000") return failure(`PostgreSQL at ${where} has no database ${database}; correct its name.`);
  if (sqlState === "53300")
    return failure(
      `PostgreSQL at ${where} has no connection left for ${user}; end one, or raise the limit (max_connections, or CONNECTION LIMIT of the role or the database).`,
    );
  if (sqlState === "57P03") return failure(`PostgreSQL at ${where} is starting or stopping; try again when it is up.`);
  if (sqlState !== undefined)
    return failure(`PostgreSQL at ${where} refused the connection to ${database} (SQLSTATE ${sqlState}).`);
  if (message === "timeout expired")
    return failure(
      `PostgreSQL at ${where} does not answer in time; check host and port of the database URL, or of the PG* variables.`,
    );
  if (/does not support SSL/.test(message))
    return failure(`PostgreSQL at ${where} does not speak TLS, which sslmode asks for; turn it on there.`);
  if (isOurs(error)) return failure(`The login at PostgreSQL at ${where} failed (${message}).`);
  if (/certificate|CERT|SELF_SIGNED|SSL|TLS|EPROTO/.test(`${code} ${message}`))
    return failure(
      `TLS with PostgreSQL at ${where} failed (${code || "the handshake ended"}); check sslmode, sslrootcert and the client certificate.`,
    );
  return failure(
    `No PostgreSQL answers at ${where} (${code || "the connection ended"}); check host and port of the database URL, or of the PG* variables.`,
  );
}

/** The failure to tell when all failed: what was said in a login goes before what a network did. */
export function mostTelling(failures: readonly EngineError[]): EngineError {
  const causes = failures.map(
    ({ cause }) => cause as { readonly sqlState?: string; readonly ours?: boolean } | undefined,
  );
  const told =
    failures[causes.findIndex((cause) => cause?.ours)] ?? failures[causes.findIndex((cause) => cause?.sqlState)];
  if (told) return told;
  const sentences = new Set(failures.map(({ message }) => message));
  return new EngineError([...sentences].join(" "), { cause: failures[0]?.cause });
}
