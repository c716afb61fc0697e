import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Thrown into a migration that asks for input. */
export const asksForInput = "HEADGATE_ASKS_FOR_INPUT";

/** What a thrown value says: a message of one or a few sentences, and the place in the repository where there is one. */
export function describeThrown(error, repository) {
  const lines = String(error?.message ?? error)
    // Compilers colour what they say.
    .replace(/\u001b\[[\d;]*m/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("- ") && line !== "Require stack:");
  const message = lines
    .slice(0, 2)
    .join(" ")
    .replaceAll(`file://${repository}${sep}`, "")
    .replaceAll(repository + sep, "");
  return { message: shorten(message, 600) || "an empty error", ...placeOf(error, repository) };
}

/** Why a step failed, as the protocol wants it. `statement` is the last that the server refused during the step. */
export function stepFailure(thrown, { repository, revision, file, statement, placeOfStatement }) {
  const error = unwrap(thrown);
  const place = placeOf(error, repository);
  const at = { file: place.file ?? file, ...(place.line === undefined ? {} : { line: place.line }) };
  const common = { revision, ...withoutAbsent(at) };
  if (error?.code === asksForInput) return { kind: "asks-for-input", message: error.message, ...common };
  if (error?.message === "This migration cannot be reverted")
    return { kind: "no-downgrade", message: "its class has no `down()`.", revision, ...withoutAbsent({ file }) };
  if (!isServerError(error)) {
    const name = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
    return { kind: "code", message: `${name}${describeThrown(error, repository).message}`, ...common };
  }
  // The details of data exceptions and integrity violations show rows.
  const detail = error.detail && !/^2[23]/.test(error.code) ? `: ${error.detail.split("\n")[0]}` : "";
  return {
    kind: "sql",
    message: `${serverMessage(error, statement)}${detail}`,
    sqlState: error.code,
    ...common,
    ...(statement ? { statement: statement.sql, ...placeOfStatement(statement.sql) } : {}),
  };
}

const withoutAbsent = (record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const shorten = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

function isServerError(error) {
  return typeof error?.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) && error.severity !== undefined;
}

/** Versions 5 and 6 run migrations through a library that wraps what they throw. */
function unwrap(error) {
  let at = error;
  while (at?.name === "MigrationError" && (at.cause ?? at.jse_cause))
    at = at.cause instanceof Error ? at.cause : at.jse_cause;
  return at;
}

/** PostgreSQL's own words: MikroORM 6 puts its detail behind them, and knex the statement, values and all, in front. */
function serverMessage(error, statement) {
  const message = error.message.replace(/\n[ \t]*- (?:detail|hint): [^]*$/, "");
  for (const text of [statement?.formatted, statement?.sql])
    if (text && message.startsWith(`${text} - `)) return message.slice(text.length + 3);
  // A query of knex's own builder was never seen here.
  const knex =
    /^\s*(?:with|select|insert|update|delete|create|alter|drop|do|set|truncate|comment|grant|revoke)\b[^]* - (.+)$/i;
  return knex.exec(message)?.[1] ?? message;
}

/** The innermost place of a stack that lies in the repository and not in an installed package. */
export function placeOf(error, repository) {
  const stack = String(error?.stack ?? "");
  const inMessage = /(?:^|\s)([^\s:()]+\.[mc]?[jt]sx?)(?::(\d+)|\((\d+),\d+\))/.exec(String(error?.message ?? ""));
  const header = /^(\S+?):(\d+)\n/.exec(stack);
  const frames = [...stack.matchAll(/^[ \t]+at .*?\(?((?:file:\/\/)?\/[^()\n]+?):(\d+):\d+\)?$/gm)];
  for (const [, path, line] of [
    header,
    inMessage && [inMessage[0], inMessage[1], inMessage[2] ?? inMessage[3]],
    ...frames,
  ].filter(Boolean)) {
    const file = ownFile(path, repository);
    if (file !== undefined) return { file, line: Number(line) };
  }
  return {};
}

const driver = fileURLToPath(new URL(".", import.meta.url));

function ownFile(path, repository) {
  let absolute = path;
  try {
    if (path.startsWith("file:")) absolute = fileURLToPath(path);
  } catch {
    return undefined;
  }
  if (!isAbsolute(absolute) || absolute.startsWith(driver)) return undefined;
  const file = relative(repository, absolute);
  return file.startsWith("..") || isAbsolute(file) || /(^|\/)node_modules\//.test(file)
    ? undefined
    : file.split(sep).join("/");
}
