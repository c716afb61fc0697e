import type { Context, Flow } from "./conversation.ts";
import { noEvidence, nothingToShow } from "./evidence.ts";
import type { Reply } from "./exchange.ts";
import type { Frame } from "./framing.ts";
import { flush, message, zeroTerminated } from "./messages.ts";
import { assume, passMessage } from "./pass-message.ts";
import type { Passed } from "./pass-message.ts";
import {
  askObserver,
  askProbe,
  confirm,
  noteStart,
  startQueries,
  lockTimeout,
  reachesOwnTables,
  readAnswer,
  refreshSettings,
  searchPath,
  sendProbe,
  settingsAfter,
  settleCounters,
  talks,
} from "./probing.ts";
import type { SentProbe } from "./probing.ts";
import type { RecordedStatement, StatementEvidence } from "./recording.ts";
import type { OpenStatement } from "./recorder.ts";
import { mayAsk, withoutRight } from "./right-to-ask.ts";
import { readScript } from "./script.ts";
import { decodeSql } from "./sql-text.ts";
import { statementError } from "./statement-error.ts";
import type { StatementKind } from "./statement-kind.ts";
import { knownKind, raiseLevel, watch } from "./watching.ts";

/** A statement that the client had parsed. */
interface Prepared {
  readonly sql: string;
  /** Absent when our parser does not know it. */
  readonly kind: StatementKind | undefined;
}

const code = (type: string): number => type.charCodeAt(0);

/** Handles extended queries and function calls. A batch is what a client sends up to its Sync. */
export function extendedFlow(context: Context): Flow {
  const { exchange, asking, notices, notebook, transactions, number } = context;
  const statements = new Map<string, Prepared>();
  const portals = new Map<string, Prepared>();
  /** Statements that have rows left for their portal's next Execute. */
  const suspended = new Map<string, OpenStatement>();
  /** Gives back what was changed for the session before the batch. */
  let restore: (() => Promise<void>) | undefined;
  /** Whether a message of the batch has begun a transaction. */
  let begun = false;
  /** Whether the client's transaction block is open, as of the last statement. */
  let inBlock = false;
  let last: { readonly record: OpenStatement; readonly evidence: StatementEvidence } | undefined;

  /** Passes a message on, with more behind it. */
  const pass = (frame: Frame, to: Reply["to"], more?: Buffer, hold?: () => boolean): Promise<Passed> =>
    passMessage(context, to, more ? Buffer.concat([frame.bytes, more]) : frame.bytes, {
      more: frame.more,
      ...(hold && { hold }),
    });

  const take = (
    prepared: Prepared | undefined,
    block: RecordedStatement["block"],
    transaction: number,
  ): OpenStatement =>
    notebook.begin({ connection: number, transaction, block, sql: prepared?.sql ?? "", ...searchPath(context) });

  /** A statement that was refused before it could be executed. */
  const refused = (prepared: Prepared | undefined, { failure, said, durationMs }: Passed): void => {
    if (!failure) return;
    const transaction = transactions.current() ?? transactions.begin(inBlock ? "explicit" : "implicit");
    take(prepared, transaction.block, transaction.number).finish({
      error: statementError(failure),
      durationMs,
      evidence: noEvidence("It failed.", { said }),
    });
  };

  /** Passes Parse or Bind on; before the first of a batch, prepares for a statement that can't be asked in its transaction. */
  const prepare = (
    frame: Frame,
    to: "parse" | "bind",
    prepared: Prepared | undefined,
    undo: () => void,
  ): Promise<void> | undefined => {
    const first = !begun && exchange.status() === "I" && !exchange.skipping();
    begun = true;
    const forward = async (): Promise<void> => {
      const passed = await pass(frame, to);
      if (passed.outcome !== "done") undo();
      refused(prepared, passed);
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
      restore = await raiseLevel(context, kind, "extended");
      void forward();
    })();
  };

  const execute = async (frame: Frame): Promise<void> => {
    const portal = zeroTerminated(frame.bytes, 5);
    const prepared = portals.get(portal);
    begun = true;
    const earlier = suspended.get(portal);
    if (earlier) {
      const passed = await pass(frame, "execute", flush);
      if (!passed.suspended) suspended.delete(portal);
      if (passed.tag !== undefined) earlier.finish({ tag: passed.tag });
      if (passed.failure) earlier.finish({ error: statementError(passed.failure) });
      return;
    }
    const kind = prepared?.kind && !inBlock ? await knownKind(context, prepared.kind) : prepared?.kind;
    const implicit = !inBlock && kind?.control !== "begin";
    const transaction = transactions.current() ?? transactions.begin(implicit ? "implicit" : "explicit");
    if (kind?.control === "begin") transaction.block = "explicit";
    if (!kind || kind.sweeping || !notebook.evidence) transaction.changesAnything = true;
    const alone = implicit && kind !== undefined && kind.place !== "ordinary";
    const record = take(prepared, alone ? "none" : transaction.block, transaction.number);
    const failing = exchange.status() === "E";
    // What a pipeline does without a block around it ends with its Sync.
    const own = await reachesOwnTables(context, transaction, kind, "extended", inBlock && !implicit);
    // A text without a statement does nothing; asking would be the first query of a transaction that a later BEGIN opens.
    const isEmpty = prepared !== undefined && /^[\s;]*$/.test(prepared.sql);
    const wanted = notebook.evidence && !failing && !exchange.skipping() && !isEmpty && kind?.asked !== "nothing";
    const marked = wanted
      ? transactions.mark(transaction, implicit ? "names" : undefined).catch(() => undefined)
      : undefined;
    // The first question has to know what to ask, and whether it may.
    if (wanted && context.observer.code() === undefined) await marked;
    const asks = wanted && mayAsk(context, transaction);
    const finish = (passed: Passed, evidence: StatementEvidence): void => {
      const { outcome, tag, rows, failure, durationMs } = passed;
      if (outcome === "skipped") return;
      if (passed.suspended) suspended.set(portal, record);
      record.finish({
        durationMs,
        evidence,
        ...(tag !== undefined && { tag }),
        ...(rows !== undefined && { rows }),
        ...(failure && { error: statementError(failure) }),
      });
      if (kind) settled(kind, failure !== undefined);
      last = failure ? undefined : { record, evidence };
    };

    if (asks && alone && kind.place !== "session") {
      const watched = await watch(context, kind, () => pass(frame, "execute", flush));
      return finish(watched.ran, watched.evidence);
    }
    if (!asks || (alone && kind.place === "session")) {
      const passed = await pass(frame, "execute", flush);
      const around = { said: passed.said, ...lockTimeout(context) };
      if (kind) settingsAfter(context, kind);
      return finish(
        passed,
        passed.failure || (kind?.asked !== "nothing" && !isEmpty)
          ? noEvidence(wanted && !asks && !passed.failure ? withoutRight : whyNot(passed, failing), around)
          : nothingToShow(around),
      );
    }

    await refreshSettings(context, "extended");
    const { settings } = context;
    // In the client's own transaction a query of ours must not be the first: it would take the snapshot.
    if (!implicit && transaction.wal === undefined) transaction.wal = (await marked)?.wal;
    await asking.settled();

    // What is sent from here to the first wait leaves in one piece: our questions cost the server's time only.
    const level = kind && settings && talks(kind, settings) ? settings.level : undefined;
    const starts = implicit && transaction.wal === undefined;
    const opening = [
      ...(level === undefined
        ? []
        : implicit
          ? ["select pg_catalog.set_config('client_min_messages', 'debug1', true)"]
          : ["set local client_min_messages = debug1"]),
      ...(starts ? startQueries(context) : []),
    ];
    const opened = opening.length > 0 ? asking.extended(opening, "flush") : undefined;
    if (level !== undefined) notices.raise(level);
    const cancels = asking.cancels();
    let sent: SentProbe | undefined;
    const running = pass(frame, "execute", flush, () => {
      // A request to cancel that was let through may hit the question, and then the statement has failed.
      if (sent && asking.cancels() > cancels) return true;
      if (sent) asking.shield(sent.answer);
      return false;
    });
    const question = {
      node: kind?.node ?? "",
      own,
      undoes: kind?.undoes ?? false,
      definesHandler: kind?.definesHandler ?? false,
      how: "extended",
      restores: true,
      ...(level !== undefined && { level }),
    } as const;
    // The server would take a question for COPY data.
    if (kind && kind.asked !== "observer" && !kind.copiesIn)
      sent = sendProbe(context, transaction, { ...question, cancellable: true });
    const passed = await running;
    const answer = await opened;
    if (starts) noteStart(context, transaction, answer);
    const around = { said: passed.said, ...lockTimeout(context) };
    if (passed.outcome !== "done") {
      // The client would wait for an answer in vain.
      if (passed.outcome === "skipped" && answer?.failure) exchange.put(answer.failure);
      transactions.uncounted = true;
      notices.lower();
      context.settings = undefined;
      return finish(passed, noEvidence("It failed, and what it held is gone.", around));
    }
    const evidence =
      kind?.asked === "observer" && transaction.states.size === 0
        ? await askObserver(context, transaction, around)
        : await readAnswer(context, transaction, (sent ??= sendProbe(context, transaction, question)), around);
    notices.lower();
    if (!exchange.holding()) {
      finish(passed, evidence);
      if (own) transactions.await(transaction, record, evidence);
      return;
    }
    const failure = (await sent?.answer)?.failure;
    if (failure) exchange.discardHeld();
    exchange.release(...(failure ? [failure] : []));
    finish({ ...passed, ...(failure && { failure }) }, evidence);
  };

  const settled = (kind: StatementKind, failed: boolean): void => {
    if (failed) return;
    if (kind.control === "begin") inBlock = true;
    if (kind.control === "commit" || kind.control === "rollback") {
      inBlock = false;
      transactions.end();
    }
  };

  const synchronise = async (frame: Frame): Promise<void> => {
    const passed = await pass(frame, "sync");
    if (passed.failure) last?.record.finish({ error: statementError(passed.failure), evidence: last.evidence });
    last = undefined;
    begun = false;
    inBlock = exchange.status() !== "I";
    if (!inBlock) transactions.end();
    if (passed.failure) context.settings = undefined;
    await asking.tidy();
    await restore?.();
    restore = undefined;
    await settleCounters(context, "extended");
  };

  const callFunction = async (frame: Frame): Promise<void> => {
    const oid = frame.bytes.readInt32BE(5);
    const idle = exchange.status() === "I";
    const transaction = transactions.current() ?? transactions.begin(idle ? "implicit" : "explicit");
    const record = take({ sql: `-- call of function ${oid}`, kind: undefined }, transaction.block, transaction.number);
    transaction.own.note(undefined);
    await confirm(context, transaction, "extended");
    if (notebook.evidence && exchange.status() === "T" && transaction.wal === undefined)
      transaction.wal = (await transactions.mark(transaction).catch(() => undefined))?.wal;
    const passed = await pass(frame, "function");
    const around = { said: passed.said, ...lockTimeout(context) };
    const asks = notebook.evidence && exchange.status() === "T" && !passed.failure && mayAsk(context, transaction);
    const evidence = asks
      ? await askProbe(context, transaction, around, { node: "", how: "extended" })
      : noEvidence("Its locks are gone when it ends.", around);
    if (exchange.status() === "I") transactions.end();
    record.finish({
      evidence,
      durationMs: passed.durationMs,
      ...(passed.failure && { error: statementError(passed.failure) }),
    });
  };

  const withReady = async (work: Promise<void>): Promise<void> => {
    await work;
    exchange.put(message("Z", Buffer.from(exchange.status())));
  };

  return (frame) => {
    if (!begun) inBlock = exchange.status() !== "I";
    const type = String.fromCharCode(frame.type);
    const { bytes } = frame;
    switch (type) {
      case "P": {
        const name = zeroTerminated(bytes, 5);
        const prepared = readPrepared(bytes.subarray(6 + name.length), exchange.parameter("client_encoding"));
        return prepare(frame, "parse", prepared, assume(statements, name, prepared));
      }
      case "B": {
        const portal = zeroTerminated(bytes, 5);
        const prepared = statements.get(zeroTerminated(bytes, 6 + portal.length));
        suspended.delete(portal);
        return prepare(frame, "bind", prepared, assume(portals, portal, prepared));
      }
      case "C": {
        const names = bytes[5] === code("S") ? statements : portals;
        const undo = assume(names, zeroTerminated(bytes, 6), undefined);
        return void pass(frame, "close").then(({ outcome }) => outcome !== "done" && undo());
      }
      case "D":
        begun = true;
        return void pass(frame, "describe");
      case "E":
        return execute(frame);
      case "S":
        return withReady(synchronise(frame));
      case "F":
        return withReady(callFunction(frame));
      default:
        exchange.send(bytes, [], frame.more);
        return undefined;
    }
  };
}

function whyNot({ failure }: Passed, failing: boolean): string {
  if (failure) return "It failed.";
  return failing
    ? "The transaction had failed before."
    : "No evidence was asked for, or its locks are gone when it ends.";
}

function readPrepared(textAndTypes: Buffer, encoding: string | undefined): Prepared {
  const end = textAndTypes.indexOf(0);
  const text = textAndTypes.subarray(0, end < 0 ? undefined : end);
  const script = readScript(text, encoding ?? "UTF8");
  return { sql: decodeSql(text, encoding), kind: script?.length === 1 ? script[0]?.kind : undefined };
}
