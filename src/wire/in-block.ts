import { notInTransaction } from "../postgres/sql-states.ts";
import { outsideBlock } from "./as-it-is.ts";
import type { Context } from "./conversation.ts";
import { noEvidence, nothingToShow, sampled, withDeferred } from "./evidence.ts";
import type { Frame } from "./framing.ts";
import { runsLevelCode, saidLess } from "./message-level.ts";
import { isDisturbed, noteStart, startQueries } from "./counters.ts";
import { mayHavePutOff, settleDeferred } from "./settle-deferred.ts";
import { reachesOwnTables } from "./confirm.ts";
import { askObserver, callingNodes, readAnswer, returned, sendProbe } from "./probing.ts";
import { raisedLevel } from "./probe.ts";
import {
  levelToRaise,
  lockTimeout,
  loweringQuery,
  refreshSettings,
  settingsAfter,
  settingsAfterOurs,
} from "./session-settings.ts";
import type { SentProbe } from "./probing.ts";
import { mayAsk, withoutRight } from "./right-to-ask.ts";
import type { ScriptStatement } from "./script.ts";
import { openRecord, outcome, runQuery, sqlState } from "./simple-query.ts";

/**
 * One statement in a transaction block: the client's, or one of ours that takes the place of the implicit one.
 * `opens`: ours begins with it. `closes`: ours ends with it. `answered`: the client may go on, though we have not done.
 * Resolves to whether the text may go on.
 */
export async function inBlock(
  context: Context,
  piece: ScriptStatement,
  query: Buffer,
  {
    opens,
    closes,
    lone,
    answered = () => {},
  }: { readonly opens: boolean; readonly closes: boolean; readonly lone: boolean; answered?(): void },
): Promise<boolean> {
  const { exchange, asking, notices, observer, transactions } = context;
  const { kind, offset } = piece;
  await refreshSettings(context, "simple");
  const { settings } = context;
  const transaction = opens
    ? transactions.begin("implicit")
    : (transactions.current() ?? transactions.begin("explicit"));
  const own = await reachesOwnTables(context, transaction, kind, "simple", !closes);
  const record = openRecord(context, piece.bytes, transaction.number, transaction.block);
  if (kind.sweeping) transaction.changesAnything = true;
  const marked = transactions.mark(transaction, opens ? "names" : undefined).catch(() => undefined);
  // The first question has to know what to ask, and whether it may.
  if (observer.code() === undefined) await marked;
  const may = mayAsk(context, transaction);
  const asks = kind.asked === "backend" && may;
  const level = asks ? levelToRaise(context, kind, transaction) : undefined;
  const speaks = level !== undefined;
  const { raisedFrom } = transaction;
  // Between two statements that cannot notice the level stays raised.
  const raised = speaks || (asks && raisedFrom !== undefined && own && !kind.notices);
  const ours = transaction.block === "implicit" && transaction.wal === undefined;
  const starts = asks && (ours || isDisturbed(context, transaction));
  if (!ours && asks && transaction.wal === undefined) transaction.wal = (await marked)?.wal;
  await asking.settled();

  // What is sent from here to the first wait leaves in one piece: our questions cost the server's time only.
  const opening = [
    ...(opens ? ["begin"] : []),
    ...(speaks && raisedFrom === undefined ? [`set local client_min_messages = ${raisedLevel}`] : []),
    ...(!raised && raisedFrom !== undefined ? [loweringQuery(raisedFrom)] : []),
    ...(starts ? startQueries(context, { ours }) : []),
  ];
  const opened = opening.length > 0 ? asking.simple(opening.join("; ")) : undefined;
  if (speaks) notices.raise(level);
  transaction.raisedFrom = raised ? (raisedFrom ?? settings?.level) : undefined;
  if (!raised) notices.lower();
  const said: string[] = [];
  const late: Buffer[] = [];
  const onNotice = ({ bytes }: Frame): void => notices.pass(bytes, said, { put: (kept) => late.push(kept) });
  // The server would take a question for COPY data; and what others see may change only once we know what was before.
  const follows = asks && !kind.copiesIn;
  const settles = closes && mayHavePutOff(context, transaction);
  // It may have made code and have called it at once.
  const definesHandler = kind.definesHandler && (!closes || callingNodes.has(kind.node));
  // Where something else is to be asked before it, COMMIT has to wait.
  const pipelined = closes && !settles && !definesHandler;
  const commits = follows && pipelined && transaction.begunAt !== undefined;
  const question = {
    node: kind.node,
    own,
    undoes: kind.undoes,
    definesHandler,
    how: "simple",
    restores: false,
  } as const;
  const cancels = asking.cancels();
  let sent: SentProbe | undefined;
  const withhold = opens && lone ? { withhold: notInTransaction } : {};
  const running = runQuery(context, query, {
    offset,
    // A request to cancel that was let through may hit the question, and then the statement has failed.
    hold() {
      if (closes || (sent && asking.cancels() > cancels)) return true;
      if (sent) asking.shield(sent.answer);
      return false;
    },
    said,
    ...withhold,
    ...(opened && { started: opened }),
  });
  if (follows)
    sent = sendProbe(context, transaction, {
      ...question,
      cancellable: true,
      ...(commits && { commit: { onNotice } }),
    });
  // Where that is on its way, COMMIT need not wait for more: what failed before makes a rollback of it.
  let goesOn = true;
  const committing =
    follows && pipelined && !commits
      ? marked.then(() => (goesOn ? asking.simple("commit", { cancellable: true, onNotice }) : undefined))
      : undefined;
  const ran = await running;
  const answer = await opened;
  if (starts) noteStart(context, transaction, answer, { ours });
  const around = { said, ...lockTimeout(context) };

  if (ran.failure) {
    transactions.uncounted = true;
    transaction.raisedFrom = undefined;
    notices.lower();
    context.settings = opens ? settings : undefined;
    goesOn = false;
    if (transaction.block === "implicit") {
      await asking.simple("rollback");
      transactions.end();
      if (withhold.withhold && sqlState(ran.failure) === notInTransaction) {
        record.finish({ evidence: noEvidence("It was tried in a transaction first.") });
        await outsideBlock(context, { ...piece, kind: { ...kind, place: "outside" } }, query);
        return false;
      }
    }
    record.finish(outcome(ran, noEvidence("It failed, and what it held is gone.", around)));
    return false;
  }

  if (!closes && !exchange.holding()) answered();
  if (
    follows &&
    pipelined &&
    !(await sent?.answer)?.failure &&
    !(await committing)?.failure &&
    exchange.status() === "I"
  ) {
    exchange.release(...late.splice(0));
    answered();
  }
  let evidence =
    may || kind.asked !== "backend" ? nothingToShow(around, transaction.held) : noEvidence(withoutRight, around);
  if (kind.asked === "observer" && exchange.status() === "T" && transaction.states.size === 0)
    evidence = await askObserver(context, transaction, around);
  else if (may && kind.asked !== "nothing" && (sent || exchange.status() === "T"))
    evidence = await readAnswer(context, transaction, (sent ??= sendProbe(context, transaction, question)), around);
  else settingsAfter(context, kind);
  if (runsLevelCode(context, kind, transaction)) evidence = sampled(evidence, saidLess);
  if (may && kind.control === "savepoint" && transaction.states.size > 0) {
    await returned(context, transaction, kind, { how: "simple", failed: false });
    evidence = nothingToShow(around, transaction.held);
  }

  const settled = settles ? await settleDeferred(context, transaction, "simple") : undefined;
  if (settled) evidence = withDeferred(evidence, settled.evidence);
  const probed = settled?.failure ? settled : closes || exchange.holding() ? await sent?.answer : undefined;
  // Behind a question that was cancelled COMMIT would roll back, and call that no error.
  const committed =
    closes &&
    !commits &&
    !settled?.failure &&
    (await (committing ?? asking.simple("commit", { cancellable: true, onNotice })));
  const ended = (!probed?.failure && committed) || probed;
  // The statement may have changed it itself.
  if (closes || context.settings?.level !== transaction.raisedFrom) {
    transaction.raisedFrom = undefined;
    notices.lower();
  }
  if (closes) {
    if (exchange.status() !== "I") await asking.simple("rollback");
    transactions.end();
    context.settings = opens ? settingsAfterOurs(settings, context.settings) : undefined;
    // While the client thinks about the answer: its next statement will need it.
    void Promise.resolve(observer.refresh()).catch(() => {});
  }
  if (ended?.failure) {
    exchange.discardHeld();
    // Of a text of several statements the rest does not come, and the transaction around them is ours.
    if (transaction.block === "implicit" && exchange.status() !== "I") {
      await asking.simple("rollback");
      transactions.end();
      context.settings = undefined;
    }
    exchange.release(...late, ended.failure);
    record.finish(outcome({ ...ran, failure: ended.failure }, evidence));
    return false;
  }
  exchange.release(...late);
  record.finish(outcome(ran, evidence));
  if (own) transactions.await(transaction, record, evidence);
  return true;
}
