import type { Flow } from "./conversation.ts";
import { readClose } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import type { GuardContext } from "./guard-context.ts";
import { judgeAll } from "./guard-refusal.ts";
import { tellTransaction, telling } from "./guard-telling.ts";
import { emptyGuardedBatch, passGuarded, refuseGuarded } from "./guarded-batch.ts";
import type { GuardedBatch } from "./guarded-batch.ts";
import { executeGuarded } from "./guarded-execute.ts";
import { bindGuarded, parseGuarded } from "./guarded-prepare.ts";
import { createTextReader } from "./guarded-texts.ts";
import { flush, message } from "./messages.ts";
import { assume } from "./pass-message.ts";
import { refuseSimple } from "./refuse-simple.ts";

/** Handles extended queries: what is not in the plan is not even parsed, and what is runs when its turn has come. */
export function guardedExtended(context: GuardContext): Flow {
  const { exchange } = context;
  const batch = emptyGuardedBatch();
  const { statements, portals } = batch;
  const read = createTextReader();
  return (frame) => {
    if (!batch.begun) batch.block = exchange.status();
    const { bytes, more } = frame;
    const type = String.fromCharCode(frame.type);
    batch.begun = type !== "S" && type !== "F";
    switch (type) {
      case "P":
        return void parseGuarded(context, batch, frame, read);
      case "B":
        return bindGuarded(context, batch, frame);
      case "C": {
        const { kind, name } = readClose(bytes);
        const undo = kind === "statement" ? assume(statements, name, undefined) : assume(portals, name, undefined);
        const closed = passGuarded(context, batch, "close", bytes, { more });
        return void closed.then(({ outcome }) => outcome !== "done" && undo());
      }
      case "D":
        return void passGuarded(context, batch, "describe", bytes, { more });
      case "E":
        return executeGuarded(context, batch, frame);
      case "S":
        return synchronise(context, batch, frame);
      case "F":
        return refuseSimple(context, "a function call of the protocol", "cannot be compared with the plan");
      default:
        exchange.send(bytes, [], more);
        return undefined;
    }
  };
}

/** The end of a batch, which commits what no block is around. */
async function synchronise(context: GuardContext, batch: GuardedBatch, frame: Frame): Promise<void> {
  const { exchange } = context;
  const { block, together } = batch;
  const implicit = block === "I" && context.transaction !== undefined;
  const why = implicit ? judgeAll(context, [], block, "ends").find(({ kind }) => kind === "refused") : undefined;
  let commits = implicit && !together;
  if (implicit) {
    exchange.send(flush, []);
    await batch.pending;
    if (!batch.failed && why?.kind === "refused") refuseGuarded(context, batch, undefined, why.why);
    else if (!batch.failed && together && !exchange.closed()) commits = await announceEnd(context, batch);
  }
  await passGuarded(context, batch, "sync", frame.bytes);
  await batch.settling;
  const { failed } = batch;
  if (exchange.closed()) {
    const phase = commits && !failed ? "unknown" : "rolled back";
    return telling(context, () => tellTransaction(context, phase));
  }
  if (exchange.status() === "I")
    await telling(context, () => tellTransaction(context, failed ? "rolled back" : "committed"));
  batch.begun = false;
  batch.failed = false;
  batch.executed = false;
  batch.together = true;
  batch.unsound.clear();
  await batch.restore?.();
  batch.restore = undefined;
  exchange.put(message("Z", Buffer.from(exchange.status())));
}

/** The server keeps what came outside a block open until Sync: whoever listens can still see its transaction. */
async function announceEnd(context: GuardContext, batch: GuardedBatch): Promise<boolean> {
  try {
    await tellTransaction(context, "ending");
    return true;
  } catch {
    refuseGuarded(context, batch, undefined, "could not be written down before it was committed");
    return false;
  }
}
