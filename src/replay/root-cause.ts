import type { StepOutcome } from "../sessions/session.ts";
import { inFailedTransaction } from "../postgres/sql-states.ts";
import type { Refusal } from "../wire/statement-log.ts";
import type { HungStep } from "./steps.ts";

/**
 * A migration that catches the error of one statement and goes on fails at a later one, with a message that says nothing.
 * The failure is then told as what PostgreSQL refused first.
 * @param refused the last statement of the step that the server refused for a reason of its own
 */
export function rootCause(outcome: StepOutcome | HungStep, refused: Refusal | undefined): StepOutcome | HungStep {
  if (outcome.kind !== "failed" || outcome.failure.sqlState !== inFailedTransaction || refused === undefined)
    return outcome;
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
