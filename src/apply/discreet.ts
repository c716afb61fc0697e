import type { StepFailure } from "../sessions/session.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";

/** Statements whose text may hold what was read from a row, and which run code that may say what it read: functions, triggers. */
const aboutRows =
  /^(?:with|insert|update|delete|merge|select|values|copy|execute|call|do|refresh|commit|end|set\s+constraints)\b/i;

/** Classes of SQLSTATE in which the server names objects and not what is in them. */
const aboutObjects = new Set([
  "08",
  "0A",
  "25",
  "28",
  "2B",
  "3D",
  "3F",
  "40",
  "42",
  "53",
  "54",
  "55",
  "57",
  "58",
  "XX",
]);

/** Those of them that say what became of the session or the server. */
const aboutServers = new Set(["08", "40", "53", "55", "57", "58"]);

/** What it says then by itself, in English; code may raise the same SQLSTATE with a text of its own. */
const ofTheServer =
  /^(?:canceling statement due to [a-z ]+|terminating connection due to [a-z ]+|deadlock detected|could not serialize access due to [a-z/ ]+|could not obtain lock on [\w "]+)$/;

/** How the server itself begins to say, in English, that a constraint is broken; code may raise the same SQLSTATE with a text of its own. */
const brokenConstraint =
  /^(?:duplicate key value violates unique constraint|null value in column|new row for relation|insert or update on table|update or delete on table|conflicting key value violates exclusion constraint|value for domain|could not create) ["\w]/;

const inItsLog = "what the server says about it may quote rows, and is in its log";

/**
 * A failure in production as it may be shown and kept: the server's messages about data quote the rows that they are about, and
 * so does what a migration's own code says.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 * @param sent what the migration sends: when it reads rows, what its own code raises may quote them too
 * @param saidByCode whether the server said it while a function ran: one that an index, a default or a trigger calls, for example
 */
export function discreet(failure: StepFailure, sent: readonly string[] = [], saidByCode = false): StepFailure {
  const { statement, ...rest } = failure;
  const readsThem = statement === undefined || aboutRows.test(withoutLeadingComments(statement));
  const message =
    failure.sqlState === undefined
      ? withoutOwnWords(failure, sent.some(readsRows))
      : withoutRows(failure.sqlState, failure.message, { runsCode: readsThem || saidByCode, saidByCode });
  return { ...rest, ...(readsThem ? {} : { statement }), message };
}

const readsRows = (sql: string): boolean =>
  /^(?:with|select|table|values|fetch|copy)\b/i.test(withoutLeadingComments(sql)) || /\breturning\b/i.test(sql);

function withoutRows(
  sqlState: string,
  message: string,
  { runsCode, saidByCode }: { readonly runsCode: boolean; readonly saidByCode: boolean },
): string {
  const kind = sqlState.slice(0, 2);
  if (kind === "22") return `a value does not fit; ${inItsLog}`;
  if (kind === "P0") return `the migration raised an exception; ${inItsLog}`;
  // The first sentence names the constraint; what follows, in whatever language, the row.
  if (kind === "23" && (!runsCode || brokenConstraint.test(message)))
    return message.split(/\.\s|\n/, 1)[0]?.trimEnd() ?? "";
  const [first = ""] = message.split("\n");
  if (saidByCode && ofTheServer.test(first)) return first;
  if (!saidByCode && (runsCode ? aboutServers : aboutObjects).has(kind)) return message;
  return `the server refused it; ${inItsLog}`;
}

function withoutOwnWords({ kind, message }: StepFailure, hasReadRows: boolean): string {
  if (!hasReadRows) return message;
  // What its process printed last stands behind that.
  if (kind === "died") return message.replace(/(\((?:exit code|signal) \w+\)).*/s, "$1.");
  if (kind !== "code") return message;
  const raised = /^[\w.]*(?:Error|Exception|Exit|Interrupt)\b/.exec(message)?.[0] ?? "an exception";
  return `its code raised ${raised}; what that says is not shown, because the migration reads rows`;
}
