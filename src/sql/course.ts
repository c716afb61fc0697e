import { afterSavepoint, type Savepoint, type SavepointCommand } from "./savepoints.ts";
import { afterTransaction, type Told } from "./told.ts";

/** What a session has been told, and what a rollback makes of that and of its transaction. */
export interface Course {
  readonly told: Told;
  /** When its transaction began. */
  readonly toldBefore: Told;
  /** `statements`: how many of the plan had come in the transaction. */
  readonly savepoints: readonly Savepoint<{ readonly told: Told; readonly statements: number }>[];
}

/** Of a session that is in no transaction. */
export const courseOf = (told: Told): Course => ({ told, toldBefore: told, savepoints: [] });

/** After the end of a transaction. */
export const afterEnd = ({ told, toldBefore }: Course, outcome: "committed" | "rolled back"): Course =>
  courseOf(afterTransaction(outcome === "committed" ? told : toldBefore));

/**
 * After SAVEPOINT, RELEASE or ROLLBACK TO in a transaction with these statements of the plan.
 * `takenBack`: those of them that are not there any more.
 */
export function atSavepoint(
  { told, toldBefore, savepoints }: Course,
  command: SavepointCommand,
  statements: readonly number[],
): { readonly course: Course; readonly takenBack: readonly number[] } {
  const after = afterSavepoint(savepoints, command, { told, statements: statements.length });
  const { returned } = after;
  return {
    course: { told: returned?.told ?? told, toldBefore, savepoints: after.savepoints },
    takenBack: returned ? statements.slice(returned.statements) : [],
  };
}
