import { parseAhead } from "./clock-ahead.ts";
import type { Context, Flow } from "./conversation.ts";
import { withDeferred } from "./evidence.ts";
import { execute } from "./execute.ts";
import { bound, emptyBatch, passFrame, readPrepared } from "./extended-batch.ts";
import type { Batch, Prepared } from "./extended-batch.ts";
import { readBind, readClose, readParse } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import { callFunction } from "./function-call.ts";
import { message } from "./messages.ts";
import { assume } from "./pass-message.ts";
import { prepare } from "./prepare.ts";
import { settleCounters } from "./counters.ts";
import { mayHavePutOff, settleDeferred } from "./settle-deferred.ts";
import type { Settled } from "./settle-deferred.ts";
import { statementError } from "./statement-error.ts";

/** Handles extended queries and function calls. */
export function extendedFlow(context: Context): Flow {
  const { exchange } = context;
  const batch = emptyBatch();
  const { statements, portals, suspended } = batch;

  const withReady = async (work: Promise<boolean | void>): Promise<void> => {
    if ((await work) !== false) exchange.put(message("Z", Buffer.from(exchange.status())));
  };

  return (frame) => {
    if (!batch.begun) batch.inBlock = exchange.status() !== "I";
    const { bytes } = frame;
    switch (String.fromCharCode(frame.type)) {
      case "P": {
        const { name, sql } = readParse(bytes);
        const prepared = readPrepared(sql, exchange.parameter("client_encoding"));
        return prepare(
          context,
          batch,
          { ...frame, bytes: parseAhead(context, bytes) },
          "parse",
          prepared,
          assume(statements, name, prepared),
        );
      }
      case "B": {
        const { portal, statement } = readBind(bytes);
        const prepared = bound(statements.get(statement), frame);
        suspended.delete(portal);
        return prepare(context, batch, frame, "bind", prepared, assume(portals, portal, prepared));
      }
      case "C": {
        const { kind, name } = readClose(bytes);
        const undo = assume<Prepared>(kind === "statement" ? statements : portals, name, undefined);
        return void passFrame(context, batch, frame, "close").then(({ outcome }) => outcome !== "done" && undo());
      }
      case "D":
        batch.begun = true;
        return void passFrame(context, batch, frame, "describe");
      case "E":
        return execute(context, batch, frame);
      case "S":
        return withReady(synchronise(context, batch, frame));
      case "F":
        return withReady(callFunction(context, frame));
      default:
        exchange.send(bytes, [], frame.more);
        return undefined;
    }
  };
}

/** The end of a batch; ReadyForQuery apart. */
async function synchronise(context: Context, batch: Batch, frame: Frame): Promise<void> {
  const { asking, exchange, transactions } = context;
  const settled = await settle(context, batch);
  const passed = await passFrame(context, batch, frame, "sync");
  const failure = settled?.failure ?? passed.failure;
  const { last } = batch;
  if (settled && last) last.record.finish({ evidence: withDeferred(last.evidence, settled.evidence) });
  if (failure) last?.record.finish({ error: statementError(failure), evidence: last.evidence });
  batch.last = undefined;
  batch.begun = false;
  await asking.tidy();
  if (batch.endsFailed) await asking.extended(["rollback"], "sync");
  batch.endsFailed = false;
  batch.inBlock = exchange.status() !== "I";
  if (!batch.inBlock) transactions.end();
  if (failure) context.settings = undefined;
  if (batch.setsLevel && !batch.failed) context.settings = undefined;
  else await batch.restore?.();
  batch.restore = undefined;
  batch.setsLevel = false;
  batch.failed = false;
  await settleCounters(context, "extended");
}

/** What a batch without a block around it has put off to its end, which commits it. */
async function settle(context: Context, batch: Batch): Promise<Settled | undefined> {
  const { exchange, notebook, transactions } = context;
  const transaction = transactions.current();
  const ends = transaction && notebook.evidence && !batch.inBlock && !batch.failed && !exchange.skipping();
  if (!ends || !mayHavePutOff(context, transaction)) return undefined;
  const settled = await settleDeferred(context, transaction, "extended");
  if (settled.failure) exchange.put(settled.failure);
  return settled;
}
