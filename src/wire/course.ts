import { afterSavepoint } from "../sql/savepoints.ts";
import type { Savepoint, SavepointCommand } from "../sql/savepoints.ts";
import { afterTransaction } from "../sql/told.ts";
import type { Told } from "../sql/told.ts";
import type { OpenTransaction, PlanOrder } from "./plan-order.ts";

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

/** Takes statements of the plan back in their transaction: what has to come again is no part of it any more. */
export function takeBack(transaction: OpenTransaction, indexes: readonly number[], order: PlanOrder | undefined): void {
  const { statements, undone } = transaction;
  const from = order?.afterRollback(indexes, Infinity) ?? Infinity;
  undone.push(...indexes);
  statements.splice(0, statements.length, ...statements.filter((index) => index < from || !indexes.includes(index)));
}
