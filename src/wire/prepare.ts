import type { Context } from "./conversation.ts";
import { noEvidence } from "./evidence.ts";
import { openPrepared, passFrame } from "./extended-batch.ts";
import type { Batch, Prepared } from "./extended-batch.ts";
import type { Frame } from "./framing.ts";
import type { Passed } from "./pass-message.ts";
import { confirm } from "./confirm.ts";
import { statementError } from "./statement-error.ts";
import { raiseLevel } from "./watching.ts";

/** Passes Parse or Bind on; before the first of a batch, prepares for a statement that can't be asked in its transaction. */
export function prepare(
  context: Context,
  batch: Batch,
  frame: Frame,
  to: "parse" | "bind",
  prepared: Prepared | undefined,
  undo: () => void,
): Promise<void> | undefined {
  const { exchange, notebook, transactions } = context;
  const first = !batch.begun && exchange.status() === "I" && !exchange.skipping();
  batch.begun = true;
  const forward = async (): Promise<void> => {
    const passed = await passFrame(context, batch, frame, to);
    if (passed.outcome !== "done") undo();
    refused(context, batch, prepared, passed);
  };
  const { kind } = prepared ?? {};
  const transaction = transactions.current();
  // To parse and to plan it takes locks already.
  if (transaction && transaction.unconfirmed.length > 0 && !transaction.own.areAll(kind))
    return confirm(context, transaction, "extended").then(() => void forward());
  if (!notebook.evidence || !first || !kind || (kind.place !== "outside" && kind.place !== "committing")) {
    void forward();
    return undefined;
  }
  return (async () => {
    batch.restore = await raiseLevel(context, kind, "extended");
    void forward();
  })();
}

/** A statement that was refused before it could be executed. */
function refused(
  context: Context,
  { inBlock }: Batch,
  prepared: Prepared | undefined,
  { failure, said, durationMs }: Passed,
): void {
  const { transactions } = context;
  if (!failure) return;
  const transaction = transactions.current() ?? transactions.begin(inBlock ? "explicit" : "implicit");
  openPrepared(context, prepared, transaction.block, transaction.number).finish({
    error: statementError(failure),
    durationMs,
    evidence: noEvidence("It failed.", { said }),
  });
}
