import type { SavepointCommand } from "../sql/savepoints.ts";
import { atSavepoint } from "../sql/course.ts";
import type { GuardedText, Judgement } from "./guarded-statement.ts";
import { takeBack } from "./plan-order.ts";
import type { GuardContext } from "./guard-context.ts";

const changing = /^(?:VariableSet|Discard|Do|Call|Execute|Select)Stmt$/;

/** Whether a statement may change settings. */
export function settingsChange({ kind, sql }: GuardedText): boolean {
  if (!kind || kind.node === "SelectStmt") return !kind || kind.sweeping || /set_config/i.test(sql);
  return changing.test(kind.node);
}

/** After a statement that may have changed settings, or set them back: forgets the timeouts, and remembers what its session has been told. */
export function settingsAfterwards(context: GuardContext, text: GuardedText, judgement: Judgement): void {
  if (judgement.kind === "setting") context.course = { ...context.course, told: judgement.told };
  if (text.savepoint) atSavepointNow(context, text.savepoint);
  if (!settingsChange(text)) return;
  context.timeouts = undefined;
  context.changedSettings = true;
}

function atSavepointNow(context: GuardContext, command: SavepointCommand): void {
  const { transaction, guard } = context;
  const { course, takenBack } = atSavepoint(context.course, command, transaction?.statements ?? []);
  context.course = course;
  if (command.does !== "return" || !transaction) return;
  guard.order?.rollBack(takenBack);
  takeBack(transaction, takenBack, guard.order);
}
