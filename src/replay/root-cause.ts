import type { StepOutcome } from "../sessions/session.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { HungStep } from "./steps.ts";

/** In a failed transaction PostgreSQL refuses everything: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const transactionFailed = "25P02";

/**
 * A migration that catches the error of one statement and goes on fails at a later one, with a message that says nothing.
 * The failure is then told as what PostgreSQL refused first, as far as it was recorded.
 */
export function rootCause(outcome: StepOutcome | HungStep, recorder: Recorder): StepOutcome | HungStep {
  if (outcome.kind !== "failed" || outcome.failure.sqlState !== transactionFailed) return outcome;
  const { statements } = recorder.recording();
  const refused = statements.findLast(({ error }) => error !== undefined && error.sqlState !== transactionFailed);
  const label = statements.at(-1)?.label;
  if (refused?.error === undefined || refused.label?.revision !== label?.revision) return outcome;
  const { message, sqlState } = refused.error;
  return {
    ...outcome,
    failure: {
      ...outcome.failure,
      message: `${message}; the migration catches this and goes on, in a transaction that can no longer be committed`,
      sqlState,
      statement: refused.sql,
    },
  };
}
