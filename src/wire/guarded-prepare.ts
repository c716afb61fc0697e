import { bindsSetting } from "../sql/setting.ts";
import { digestOfValues, readBind, readParse } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import type { GuardContext } from "./guard-context.ts";
import { judgeAll } from "./guard-refusal.ts";
import { passGuarded, refuseGuarded, settleGuarded } from "./guarded-batch.ts";
import type { GuardedBatch, GuardedPrepared } from "./guarded-batch.ts";
import { nothingToDo } from "./guarded-pieces.ts";
import { type GuardedText, guardedText } from "./guarded-statement.ts";
import type { TextReader } from "./guarded-texts.ts";
import { limit } from "./limiting.ts";
import { flush, message } from "./messages.ts";
import { assume } from "./pass-message.ts";

/** Passes Parse on, unless the text can have no turn. */
export function parseGuarded(context: GuardContext, batch: GuardedBatch, frame: Frame, read: TextReader): void {
  const { exchange, guard } = context;
  const { name, sql } = readParse(frame.bytes);
  const { text, count } = read(sql, exchange.parameter("client_encoding"));
  const free = text.control !== undefined || count === 0;
  let foreign: string | undefined;
  if (!exchange.skipping() && !free) {
    foreign = whyForeign(context, text, count);
    // Client libraries have a SELECT described to learn the types of its columns, which reads no row.
    const describable = guard.order && !guard.refusal && text.kind?.node === "SelectStmt";
    if (foreign !== undefined && !describable) return refuseGuarded(context, batch, text, foreign);
  }
  const replaced = guard.order?.isDone(text.identity) === true && !/\$\d/.test(text.sql);
  const undo = assume(batch.statements, name, { text, replaced, ...(foreign !== undefined && { foreign }) });
  const bytes = replaced ? message("P", name, nothingToDo, Buffer.alloc(2)) : frame.bytes;
  void passGuarded(context, batch, "parse", bytes, frame).then((passed) =>
    settleGuarded(context, batch, text, passed, undo),
  );
}

/** Why a statement can have no turn. */
function whyForeign({ guard }: GuardContext, text: GuardedText, count: number): string | undefined {
  if (count > 1) return "came with others in one prepared statement";
  if (guard.refusal) return "came after another one had been refused";
  if (!guard.order) return "came while no revision was running";
  // What it sets is known when it is bound, and to what kind of session when it runs.
  if (text.setting || bindsSetting(text.sql)) return undefined;
  return guard.order.knows(text.identity) ? undefined : "is not in the plan";
}

/** Passes Bind on. The first statement of a batch outside a transaction gets its limits before it is bound, as nothing may come between. */
export async function bindGuarded(context: GuardContext, batch: GuardedBatch, frame: Frame): Promise<void> {
  const { exchange } = context;
  const { portal, statement } = readBind(frame.bytes);
  const prepared = bound(batch.statements.get(statement), frame);
  if (prepared?.foreign !== undefined && !exchange.skipping())
    return refuseGuarded(context, batch, prepared.text, prepared.foreign);
  if (prepared && batch.block === "I" && !batch.executed && !batch.restore) {
    const [judgement] = judgeAll(context, [prepared.text], batch.block, "goes on");
    if (judgement?.kind === "planned" && !judgement.done) {
      exchange.send(flush, []);
      await batch.pending;
      if (!exchange.skipping()) batch.restore = await limit(context, prepared.text, judgement, "extended", "session");
    }
  }
  const undo = assume(batch.portals, portal, prepared && { ...prepared, suspended: false });
  void passGuarded(context, batch, "bind", frame.bytes, frame).then((passed) =>
    settleGuarded(context, batch, prepared?.text, passed, undo),
  );
}

/** The statement with what it is bound to, where that sets something. */
function bound(prepared: GuardedPrepared | undefined, frame: Frame): GuardedPrepared | undefined {
  if (!prepared || !bindsSetting(prepared.text.sql)) return prepared;
  const { sql, kind } = prepared.text;
  // No rehearsal has this digest: what is too long to be compared does not pass.
  return { ...prepared, text: guardedText(sql, kind, digestOfValues(frame) ?? "not read") };
}
