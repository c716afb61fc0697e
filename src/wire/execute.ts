import { hasStatement } from "../sql/scan-statements.ts";
import type { Context } from "./conversation.ts";
import { noEvidence, nothingToShow } from "./evidence.ts";
import { executeAsked } from "./execute-asked.ts";
import type { Ended } from "./execute-asked.ts";
import { openPrepared, passFrame } from "./extended-batch.ts";
import type { Batch } from "./extended-batch.ts";
import { readExecute } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import { flush } from "./messages.ts";
import type { Passed } from "./pass-message.ts";
import { reachesOwnTables } from "./confirm.ts";
import { returned } from "./probing.ts";
import { lockTimeout, settingsAfter } from "./session-settings.ts";
import { mayAsk, withoutRight } from "./right-to-ask.ts";
import { settleDeferred } from "./settle-deferred.ts";
import { statementError } from "./statement-error.ts";
import type { StatementKind } from "./statement-kind.ts";
import { knownKind, watch } from "./watching.ts";

/** Of the session: RESET gives another level than ours, and LOCAL ends before ours does. */
const setsLevel = /^\s*set\s+(?:session\s+)?client_min_messages\b/i;

/** Passes Execute on, and takes down what it runs. */
export async function execute(context: Context, batch: Batch, frame: Frame): Promise<void> {
  const { exchange, notebook, transactions } = context;
  const portal = readExecute(frame.bytes);
  const prepared = batch.portals.get(portal);
  batch.begun = true;
  if (batch.suspended.has(portal)) return goOn(context, batch, frame, portal);
  const kind = prepared?.kind && !batch.inBlock ? await knownKind(context, prepared.kind) : prepared?.kind;
  const implicit = !batch.inBlock && kind?.control !== "begin";
  const transaction = transactions.current() ?? transactions.begin(implicit ? "implicit" : "explicit");
  if (kind?.control === "begin") transaction.block = "explicit";
  if (!kind || kind.sweeping || !notebook.evidence) transaction.changesAnything = true;
  const alone = implicit && kind !== undefined && kind.place !== "ordinary";
  const record = openPrepared(context, prepared, alone ? "none" : transaction.block, transaction.number);
  const failing = exchange.status() === "E";
  // What a pipeline does without a block around it ends with its Sync.
  const own = await reachesOwnTables(context, transaction, kind, "extended", batch.inBlock && !implicit);
  // A text without a statement does nothing; asking would be the first query of a transaction that a later BEGIN opens.
  const isEmpty = prepared !== undefined && !hasStatement(prepared.sql);
  const wanted = notebook.evidence && !failing && !exchange.skipping() && !isEmpty && kind?.asked !== "nothing";
  const marked = wanted
    ? transactions.mark(transaction, implicit ? "names" : undefined).catch(() => undefined)
    : undefined;
  // The first question has to know what to ask, and whether it may.
  if (wanted && context.observer.code() === undefined) await marked;
  const asks = wanted && mayAsk(context, transaction);
  const finish = ({ passed, evidence }: Ended): void => {
    const { outcome, tag, rows, result, failure, durationMs } = passed;
    if (outcome === "skipped") return;
    if (passed.suspended) batch.suspended.set(portal, record);
    record.finish({
      durationMs,
      evidence,
      ...(tag !== undefined && { tag }),
      ...(rows !== undefined && { rows }),
      ...(result !== undefined && { result }),
      ...(failure && { error: statementError(failure) }),
    });
    if (kind && !failure) settled(context, batch, kind);
    if (batch.restore && !failure && setsLevel.test(prepared?.sql ?? "")) {
      // From now on the level is its own, also where it is the one that was set for us.
      context.notices.lower();
      batch.setsLevel = true;
    }
    batch.last = failure ? undefined : { record, evidence };
  };

  if (asks && alone && kind.place !== "session") {
    const watched = await watch(context, kind, () => passFrame(context, batch, frame, "execute", flush));
    return finish({ passed: watched.ran, evidence: watched.evidence });
  }
  if (!asks || (alone && kind.place === "session")) {
    const decides = notebook.evidence && !failing && !exchange.skipping() && batch.inBlock;
    const settled = decides && kind?.commits ? await settleDeferred(context, transaction, "extended") : undefined;
    if (settled?.failure) {
      record.finish({ error: statementError(settled.failure), evidence: noEvidence("It failed.") });
      return failInstead(context, batch, settled.failure);
    }
    const passed = await passFrame(context, batch, frame, "execute", flush);
    const around = { said: passed.said, ...lockTimeout(context) };
    if (batch.inBlock && kind?.control === "savepoint" && passed.outcome === "done")
      await returned(context, transaction, kind, { how: "extended", failed: failing });
    if (kind) settingsAfter(context, kind);
    if (settled && passed.outcome === "done") return finish({ passed, evidence: settled.evidence });
    return finish({
      passed,
      evidence:
        passed.failure || (kind?.asked !== "nothing" && !isEmpty)
          ? noEvidence(wanted && !asks && !passed.failure ? withoutRight : whyNot(passed, failing), around)
          : nothingToShow(around, stays(kind) ? transaction.held : []),
    });
  }
  await executeAsked(context, batch, frame, { kind, transaction, record, implicit, own, marked }, finish);
}

/** Whether the transaction is still open behind it. */
const stays = (kind: StatementKind | undefined): boolean => kind?.control === undefined || kind.control === "savepoint";

/** The client's COMMIT has failed before it was sent: what comes next is passed over, and its transaction ends with the batch. */
function failInstead({ exchange, transactions }: Context, batch: Batch, failure: Buffer): void {
  exchange.put(failure);
  batch.failed = true;
  batch.endsFailed = true;
  batch.inBlock = false;
  transactions.end();
}

/** The rest of the rows that a portal has. */
async function goOn(context: Context, batch: Batch, frame: Frame, portal: string): Promise<void> {
  const { suspended } = batch;
  const earlier = suspended.get(portal);
  const passed = await passFrame(context, batch, frame, "execute", flush);
  if (!passed.suspended) suspended.delete(portal);
  if (passed.tag !== undefined) earlier?.finish({ tag: passed.tag });
  if (passed.failure) earlier?.finish({ error: statementError(passed.failure) });
}

/** A statement that decides about transactions has done so. */
function settled({ transactions }: Context, batch: Batch, { control }: StatementKind): void {
  if (control === "begin") batch.inBlock = true;
  if (control !== "commit" && control !== "rollback") return;
  batch.inBlock = false;
  transactions.end();
}

function whyNot({ failure }: Passed, failing: boolean): string {
  if (failure) return "It failed.";
  return failing
    ? "The transaction had failed before."
    : "No evidence was asked for, or its locks are gone when it ends.";
}
