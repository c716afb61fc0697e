import type { Direction, Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import { inFailedTransaction } from "../postgres/sql-states.ts";
import type { StatementPlace } from "../sessions/session.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import type { StatementReport } from "../verdict.ts";
import { replayFinding, shownStatement } from "./findings.ts";
import type { RecordedRevision } from "./offline-script.ts";
import { statementLines } from "./statement-lines.ts";

/** What the steps that were recorded came to. */
export interface TakenSteps {
  /** Those that did not get to their end, as `up ab12`: what failed there is told already. */
  readonly brokenOff: ReadonlySet<string>;
  places(revision: string, direction: Direction): readonly StatementPlace[];
}

/**
 * Statements that PostgreSQL refused in a step that went on and came to its end: the migration's code caught the error, so that nobody is told.
 * @throws Error when `loadParser` was not awaited before
 */
export const caughtErrors = (
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, RecordedRevision>,
  steps: TakenSteps,
): readonly Finding[] =>
  revisions.flatMap((revision) =>
    (["up", "down"] as const).flatMap((direction) => {
      const sent = recorded.get(revision.id)?.[direction] ?? [];
      return steps.brokenOff.has(`${direction} ${revision.id}`) ? [] : caughtIn(revision, direction, sent, steps);
    }),
  );

function caughtIn(
  revision: Revision,
  direction: Direction,
  sent: readonly StatementReport[],
  steps: TakenSteps,
): readonly Finding[] {
  const own = sent.filter(({ role }) => role === "migration" || role === "setting");
  const refused = own.filter(({ sqlState }) => sqlState !== undefined && sqlState !== inFailedTransaction);
  const [first] = refused;
  if (first === undefined) return [];
  const lines = statementLines(
    own.map(({ sql }) => sql),
    steps.places(revision.id, direction),
  );
  const step = direction === "up" ? "upgrade to" : "downgrade of";
  const fails =
    refused.length === 1
      ? `a statement of it fails (SQLSTATE ${first.sqlState})`
      : `${refused.length} statements of it fail, the first with SQLSTATE ${first.sqlState}`;
  const isUndone = sent.some(({ transaction, tag, sql }) => transaction === first.transaction && undoes(tag, sql));
  const end = isUndone
    ? ". PostgreSQL then answers its COMMIT with ROLLBACK: what the transaction did is undone, and the tool records the migration all the same"
    : "";
  return [
    replayFinding(isUndone && direction === "up" ? "upgrade-rolled-back" : "error-caught", revision, direction, {
      message: `The ${step} \`${revision.id}\` comes to its end although ${fails}: its code catches the error and goes on${end}.\nStatement: ${shownStatement(withoutLeadingComments(first.sql))}`,
      help: "Correct the statement, or let the error end the migration. Where it is to fail on some databases, ask for that first (`IF EXISTS`, `IF NOT EXISTS`), and catch that error alone.",
      ...optional("line", lines[own.indexOf(first)]),
    }),
  ];
}

const undoes = (tag: string | undefined, sql: string): boolean =>
  tag === "ROLLBACK" && /^\s*(?:commit|end)\b/i.test(sql);
