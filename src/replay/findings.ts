import type { Direction, Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { StepFailure } from "../sessions/session.ts";
import { withoutPasswords } from "../sql/without-passwords.ts";

const rules = {
  "upgrade-fails": { severity: "error", title: "The upgrade fails" },
  "upgrade-at-once-fails": { severity: "error", title: "The new revisions cannot be applied in one run" },
  "start-covers-new": { severity: "error", title: "A new revision is not examined" },
  "upgrade-does-nothing": { severity: "warning", title: "The upgrade does nothing here" },
  "upgrade-rolled-back": { severity: "error", title: "The upgrade undoes what it does" },
  "error-caught": { severity: "warning", title: "An error is caught and goes unseen" },
  "upgrade-at-once-differs": { severity: "error", title: "Applied in one run, the new revisions give another schema" },
  "downgrade-fails": { severity: "error", title: "The downgrade fails" },
  "downgrade-missing": { severity: "error", title: "There is no way back" },
  "downgrade-does-nothing": { severity: "error", title: "The downgrade does nothing" },
  "downgrade-incomplete": { severity: "error", title: "The downgrade does not restore the schema" },
  "downgrade-loses-rows": { severity: "warning", title: "The downgrade loses what was there before" },
  "reupgrade-fails": { severity: "error", title: "The upgrade fails after a downgrade" },
  "reupgrade-differs": { severity: "error", title: "The second upgrade gives another schema" },
  "migration-hangs": { severity: "error", title: "The migration does not end" },
  "asks-for-input": { severity: "error", title: "The migration asks for input" },
  "one-way-revision": { severity: "info", title: "Declared to have no way back" },
  "one-way-without-reason": { severity: "error", title: "Declared one-way without a reason" },
  "rows-decide": { severity: "info", title: "Rows decide what is sent" },
  "repeat-without-reason": { severity: "error", title: "Declared to repeat without a reason" },
  "one-way-unknown": { severity: "warning", title: "Declared one-way, but there is no such revision" },
  "plan-not-deterministic": { severity: "warning", title: "The same migration does not always do the same" },
  "process-not-varied": { severity: "info", title: "Not tried in another process" },
  "offline-sql-differs": { severity: "info", title: "The offline script is not what runs" },
  "step-warning": { severity: "warning", title: "The migration reaches beyond its transaction" },
} as const satisfies Record<string, Pick<Finding, "severity" | "title">>;

/** The ids of what replaying can find. */
export type ReplayRule = keyof typeof rules;

/** A finding of the replay about one revision, at its file. */
export function replayFinding(
  ruleId: ReplayRule,
  revision: Revision | undefined,
  direction: Direction,
  details: Pick<Finding, "message"> & Partial<Pick<Finding, "help" | "file" | "line">>,
): Finding {
  const file = direction === "down" ? (revision?.downFile ?? revision?.file) : revision?.file;
  return {
    ruleId,
    ...rules[ruleId],
    direction,
    ...(revision === undefined ? {} : { revision: revision.id }),
    ...(file === undefined ? {} : { file }),
    ...details,
  };
}

/** Where the failure happened, if the tool could tell. */
export const failurePlace = ({ file, line }: StepFailure): Pick<Finding, "file" | "line"> => ({
  ...(file === undefined ? {} : { file }),
  ...(line === undefined ? {} : { line }),
});

/** The failure in a sentence or two, with the statement on lines of its own where PostgreSQL refused one. */
export function describeFailure(failure: StepFailure): string {
  const code = failure.sqlState === undefined ? "" : ` (SQLSTATE ${failure.sqlState})`;
  const statement = failure.statement?.trim() ?? "";
  const said = `${failure.message.trim().replace(/\.$/, "")}${code}`;
  return `${/[?!]$/.test(said) ? said : `${said}.`}${statement ? `\nStatement: ${shownStatement(statement)}` : ""}`;
}

/** A statement as anybody may see it. Long ones lose their middle: what they start with and where they end says enough. */
export function shownStatement(sql: string, limit = 600): string {
  const statement = withoutPasswords(sql);
  if (statement.length <= limit) return statement;
  return `${statement.slice(0, limit - 100)}\n… ${statement.length - limit} characters …\n${statement.slice(-100)}`;
}
