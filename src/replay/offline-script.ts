import type { Direction, Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { OfflineScript, OfflineScripts, Session } from "../sessions/session.ts";
import { comparableStatements, type ComparableStatement } from "../sql/comparable-statements.ts";
import { scriptDifference } from "../sql/script-difference.ts";
import type { OfflineReport, RevisionReport, StatementReport } from "../verdict.ts";
import { replayFinding } from "./findings.ts";

type PrintedScript = Exclude<OfflineScript, { readonly unavailable: string }>;

/** What a revision sent, and the tool's own scripts beside it. */
export type RecordedRevision = Pick<RevisionReport, "up" | "down" | "offline">;

/**
 * Renders the tool's own offline scripts of what was recorded, and compares. That they can't be had is said beside the
 * revision and is no finding: nobody has to use them. Runs the project's code: nothing is replayed afterwards.
 * @param revisions in the order in which they were applied
 * @param brokenOff steps that have not sent all that there is to send, as `up ab12`
 * @param limited runs it under the project's time limit
 */
export async function renderOffline(
  session: Session,
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, RecordedRevision>,
  brokenOff: ReadonlySet<string>,
  limited: (what: string, action: () => Promise<OfflineScripts>) => Promise<OfflineScripts>,
): Promise<{ readonly recorded: ReadonlyMap<string, RecordedRevision>; readonly findings: readonly Finding[] }> {
  const { offline } = session;
  const result = new Map(recorded);
  const findings: Finding[] = [];
  if (!offline) return { recorded, findings };
  for (const direction of ["up", "down"] as const) {
    const walked = revisions.filter(({ id }) => recorded.get(id)?.[direction] && !brokenOff.has(`${direction} ${id}`));
    if (walked.length === 0) continue;
    const ids = walked.map(({ id }) => id);
    const { scripts, unavailable = "it was not printed" } = await limited("Printing the offline scripts", () =>
      offline(direction === "up" ? ids : ids.toReversed(), direction),
    ).catch((error: Error): OfflineScripts => ({ scripts: {}, unavailable: error.message }));
    for (const revision of walked) {
      const earlier = result.get(revision.id);
      const report = compareOffline(scripts[revision.id] ?? { unavailable }, earlier?.[direction] ?? []);
      result.set(revision.id, { ...earlier, offline: { ...earlier?.offline, [direction]: report } });
      if (report.kind === "differs") findings.push(offlineDiffers(revision, direction, report));
    }
  }
  return { recorded: result, findings };
}

/** Compares what the tool prints instead of running a revision with what it really sent. */
function compareOffline(script: OfflineScript, sent: readonly StatementReport[]): OfflineReport {
  if ("unavailable" in script) return { kind: "unavailable", reason: script.unavailable };
  const ran = sent.filter(({ role, sqlState }) => role === "migration" && sqlState === undefined);
  const difference = scriptDifference(
    printedStatements(script),
    comparableStatements(ran.map(({ sql }) => `${sql.trimEnd().replace(/;$/, "")}\n;\n`).join("")),
  );
  return difference === undefined
    ? { kind: "same", sql: script.sql }
    : { kind: "differs", sql: script.sql, difference };
}

const valuesMissing = "/* its values are not printed */";

/** A statement that is printed without its values is another one than the same with them. */
function printedStatements({ sql, withoutValues = "" }: PrintedScript): readonly ComparableStatement[] {
  const missing = new Set(comparableStatements(withoutValues).map(({ key }) => key));
  return comparableStatements(sql).map((statement) =>
    statement.wantsValues || missing.has(statement.key)
      ? { ...statement, sql: `${statement.sql} ${valuesMissing}`, key: `${statement.key} ${valuesMissing}` }
      : statement,
  );
}

/** The tool's offline script is not what runs. */
function offlineDiffers(
  revision: Revision,
  direction: Direction,
  { difference }: Extract<OfflineReport, { kind: "differs" }>,
): Finding {
  const command = direction === "up" ? "alembic upgrade --sql" : "alembic downgrade --sql";
  const step = direction === "up" ? `the upgrade to \`${revision.id}\`` : `the downgrade of \`${revision.id}\``;
  return replayFinding("offline-sql-differs", revision, direction, {
    message: `\`${command}\` prints another script for ${step} than what is sent to the database (- printed, + sent):\n${difference}`,
    help: `Review and hand out what \`headgate sql\` prints. ${
      difference.includes(valuesMissing)
        ? "Alembic prints the values of `sa.text(…).bindparams(…)` and of SQLAlchemy's own statements where env.py configures `literal_binds=True`, and none that `execute()` is given beside a statement."
        : "A migration that reads rows or asks what is there cannot be printed in advance."
    }`,
  });
}
