import { readExecute } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import type { GuardContext } from "./guard-context.ts";
import { compareResult, judgeAll } from "./guard-refusal.ts";
import { settingsAfterwards } from "./guard-settings.ts";
import { announceStatement, tellStatement, tellTransaction, telling } from "./guard-telling.ts";
import { passGuarded, refuseGuarded } from "./guarded-batch.ts";
import type { GuardedBatch } from "./guarded-batch.ts";
import { type GuardedText, type Judgement, isCompared } from "./guarded-statement.ts";
import { limit, loosen } from "./limiting.ts";
import { flush, isFatal, message } from "./messages.ts";
import type { Passed } from "./pass-message.ts";
import { statementError } from "./statement-error.ts";

type Planned = Judgement & { readonly kind: "planned" };

/** Passes Execute on when the turn of its statement has come. */
export async function executeGuarded(context: GuardContext, batch: GuardedBatch, frame: Frame): Promise<void> {
  const { exchange, guard } = context;
  const portal = batch.portals.get(readExecute(frame.bytes));
  const { text } = portal ?? {};
  const { block } = batch;
  const run = (digests = false): Promise<Passed> =>
    passGuarded(context, batch, "execute", Buffer.concat([frame.bytes, flush]), { digests });
  // Without a portal the server has its own words; and in a failed transaction for everything but its end.
  if (!portal || !text || exchange.skipping() || portal.suspended || (block === "E" && !text.control)) {
    const passed = await run();
    if (portal) portal.suspended = passed.suspended;
    return;
  }
  const [judgement] = judgeAll(context, [text], block, "goes on");
  if (!judgement) return void (await run());
  if (judgement.kind === "refused") return refuseGuarded(context, batch, text, judgement.why);
  const planned = judgement.kind === "planned";
  if (planned && judgement.done && !portal.replaced) return passOver(context, batch, judgement);
  const inside = batch.executed || block === "T";
  const release =
    planned && inside
      ? await limit(context, text, judgement, "extended", block === "T" ? "block" : "pipeline")
      : undefined;
  // The end of the transaction does that by itself.
  if (!planned && block === "T" && text.control !== "commit" && text.control !== "rollback")
    await loosen(context, "extended", "block");
  try {
    if (text.control === "commit" && block !== "E") await tellTransaction(context, "ending");
    if (planned) batch.together &&= heldTogether(text, judgement);
    await announceStatement(context, text, judgement, block === "T" || batch.together);
  } catch {
    return refuseGuarded(context, batch, text, "could not be written down before it was sent");
  }
  batch.executed = true;
  batch.running = text;
  const passed = await run(isCompared(judgement));
  batch.running = undefined;
  portal.suspended = passed.suspended;
  if (passed.outcome === "skipped" && !exchange.closed() && planned && !batch.unsound.has(text)) {
    guard.order?.takeBack(judgement.index);
    context.transaction?.statements.pop();
  }
  await telling(context, () => finished(context, batch, text, judgement, passed));
  if (passed.outcome === "done") await release?.();
  else context.inForce = undefined;
}

async function finished(
  context: GuardContext,
  batch: GuardedBatch,
  text: GuardedText,
  judgement: Judgement,
  { outcome, failure, durationMs, tag, result }: Passed,
): Promise<void> {
  if (judgement.kind === "planned" && judgement.done) return tellStatement(context, judgement, "skipped");
  const lost = (context.exchange.closed() && !failure) || (failure && isFatal(failure));
  const phase = outcome === "done" ? "done" : lost ? "unknown" : "failed";
  const sqlState = failure && statementError(failure).sqlState;
  await tellStatement(context, judgement, phase, { durationMs, ...(sqlState !== undefined && { sqlState }) });
  if (lost && text.control === "commit") return tellTransaction(context, "unknown");
  if (outcome !== "done") return;
  settingsAfterwards(context, text, judgement);
  compareResult(context, text, judgement, result);
  if (text.control === "begin") batch.block = "T";
  if (text.control !== "commit" && text.control !== "rollback") return;
  batch.block = /\bchain\b/i.test(text.sql) && !/\bno\s+chain\b/i.test(text.sql) ? "T" : "I";
  await tellTransaction(context, tag === "COMMIT" ? "committed" : "rolled back");
}

/** Answers what an earlier run has finished in the place of the server, when the answers before it have come. */
async function passOver(context: GuardContext, batch: GuardedBatch, judgement: Planned): Promise<void> {
  batch.executed = true;
  if (!(await context.asking.extended([""], "flush"))) return;
  context.guard.order?.pass(judgement.index, undefined);
  context.exchange.put(message("C", "UNLISTEN"));
  await telling(context, () => tellStatement(context, judgement, "skipped"));
}

/** Whether the transaction of a statement is still open when it is done. */
function heldTogether({ kind }: GuardedText, { statement }: Planned): boolean {
  return statement.transactional && (kind?.place === "ordinary" || kind?.place === "session");
}
