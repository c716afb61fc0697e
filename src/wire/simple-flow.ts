import { noEvidence, nothingToShow } from "./evidence.ts";
import type { Context, Flow } from "./conversation.ts";
import type { Frame } from "./framing.ts";
import { commandTag, message, queryText, reportFields, shiftPosition } from "./messages.ts";
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
  settingsAfterOurs,
  talks,
} from "./probing.ts";
import type { SentProbe } from "./probing.ts";
import type { RecordedStatement, StatementError, StatementEvidence } from "./recording.ts";
import type { OpenStatement } from "./recorder.ts";
import { mayAsk, withoutRight } from "./right-to-ask.ts";
import { readScript } from "./script.ts";
import type { ScriptStatement } from "./script.ts";
import { decodeSql } from "./sql-text.ts";
import { statementError } from "./statement-error.ts";
import { knownKind, watchOutside } from "./watching.ts";

/** What came back for one simple query of the client's. */
interface Ran {
  readonly commands: readonly Pick<RecordedStatement, "tag" | "rows">[];
  readonly failure?: Buffer;
  /** What the server said at `DEBUG1`. */
  readonly said: string[];
  readonly durationMs: number;
}

const [complete, error, notice, ready] = [..."CENZ"].map((type) => type.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
/** SQLSTATE `active_sql_transaction`: it cannot run inside a transaction block. */
const notInTransaction = "25001";

/** Handles simple queries, which may hold several statements. */
export function simpleFlow(context: Context): Flow {
  const { exchange, asking, notices, notebook, observer, transactions, number } = context;

  /** Sends one text of the client's and passes on what comes back, ReadyForQuery apart. */
  const run = (
    query: Buffer,
    options: {
      readonly offset: number;
      /** Whether the end of it is kept back, until it is known that it counts. */
      readonly hold: boolean | (() => boolean);
      /** An error that the client shall not see. */
      readonly withhold?: string;
      /** A warning that the client shall not see. */
      readonly drop?: string;
      /** There is a statement of ours at the end of it. */
      readonly extra?: boolean;
      readonly started?: Promise<unknown>;
      /** Takes what the server says at `DEBUG1`. */
      readonly said?: string[];
    },
  ): Promise<Ran> =>
    new Promise((resolve) => {
      let began = performance.now();
      void options.started?.then(() => (began = performance.now()));
      const commands: Pick<RecordedStatement, "tag" | "rows">[] = [];
      const { said = [] } = options;
      let failure: Buffer | undefined;
      let durationMs = 0;
      exchange.send(query, [
        {
          to: "query",
          for: options.extra ? "headgate" : "client",
          on({ type, bytes }: Frame) {
            if (options.extra && commands.length > 0 && type !== error) return;
            if (type === notice) {
              if (!options.drop || sqlState(bytes) !== options.drop)
                notices.pass(bytes, said, { offset: options.offset });
              return;
            }
            if (type === ready) return;
            durationMs = performance.now() - began;
            if (type === complete) {
              commands.push(commandTag(bytes));
              if (typeof options.hold === "function" ? options.hold() : options.hold) return exchange.hold(bytes);
            }
            if (type === error) {
              failure = bytes;
              if (options.withhold && sqlState(bytes) === options.withhold) return;
              return exchange.put(shiftPosition(bytes, options.offset));
            }
            exchange.put(bytes);
          },
          done: () => resolve({ commands, said, durationMs, ...(failure && { failure }) }),
        },
      ]);
    });

  const begin = (sql: Buffer, transaction: number, block: RecordedStatement["block"]): OpenStatement =>
    notebook.begin({
      connection: number,
      transaction,
      block,
      sql: decodeSql(sql, exchange.parameter("client_encoding")),
      ...searchPath(context),
    });

  /** The text as it is, with what can be had afterwards. */
  const whole = async (query: Buffer, reason: string): Promise<void> => {
    const idle = exchange.status() === "I";
    const transaction = transactions.current() ?? transactions.begin(idle ? "implicit" : "explicit");
    const record = begin(queryText(query), transaction.number, transaction.block);
    transaction.own.note(undefined);
    await confirm(context, transaction, "simple");
    if (notebook.evidence && exchange.status() === "T") await transactions.mark(transaction).catch(() => {});
    const ran = await run(query, { offset: 0, hold: false });
    transaction.changesAnything = true;
    transactions.uncounted = true;
    context.settings = undefined;
    record.finish({
      ...ran.commands.at(-1),
      durationMs: ran.durationMs,
      ...failed(ran.failure),
      evidence:
        notebook.evidence &&
        exchange.status() === "T" &&
        transactions.current() === transaction &&
        !idle &&
        mayAsk(context, transaction)
          ? await askProbe(context, transaction, { said: ran.said }, { node: "", how: "simple" })
          : noEvidence(reason, { said: ran.said }),
    });
  };

  /** One statement outside a transaction block, as it is. */
  const alone = async (piece: ScriptStatement, query: Buffer): Promise<void> => {
    const { kind } = piece;
    const transaction = transactions.begin(kind.control === "begin" ? "explicit" : "implicit");
    const record = begin(piece.bytes, transaction.number, "none");
    if (kind.place !== "session") {
      transaction.changesAnything = true;
      const watched = await watchOutside(context, kind, "simple", () =>
        run(query, { offset: piece.offset, hold: false }),
      );
      record.finish(outcome(watched.ran, watched.evidence));
      return;
    }
    const around = { said: [] as string[], ...lockTimeout(context) };
    const ran = await run(query, { offset: piece.offset, hold: false });
    settingsAfter(context, kind);
    record.finish(
      outcome(
        ran,
        kind.asked === "nothing" && !ran.failure
          ? nothingToShow(around)
          : noEvidence(
              ran.failure ? "It failed." : "Its locks are gone when it ends, and a transaction around it would show.",
              around,
            ),
      ),
    );
  };

  /**
   * One statement in a transaction block: the client's, or one of ours that takes the place of the implicit one.
   * `opens`: ours begins with it. `closes`: ours ends with it. `answered`: the client may go on, though we have not done.
   * Resolves to whether the text may go on.
   */
  const inBlock = async (
    piece: ScriptStatement,
    query: Buffer,
    {
      opens,
      closes,
      lone,
      answered = () => {},
    }: { readonly opens: boolean; readonly closes: boolean; readonly lone: boolean; answered?(): void },
  ): Promise<boolean> => {
    const { kind, offset } = piece;
    await refreshSettings(context, "simple");
    const { settings } = context;
    const transaction = opens
      ? transactions.begin("implicit")
      : (transactions.current() ?? transactions.begin("explicit"));
    const own = (await reachesOwnTables(context, transaction, kind, "simple")) && !closes;
    const record = begin(piece.bytes, transaction.number, transaction.block);
    if (kind.sweeping) transaction.changesAnything = true;
    const marked = transactions.mark(transaction, opens ? "names" : undefined).catch(() => undefined);
    // The first question has to know what to ask, and whether it may.
    if (observer.code() === undefined) await marked;
    const may = mayAsk(context, transaction);
    const asks = kind.asked === "backend" && may;
    const speaks = asks && talks(kind, settings);
    if (!opens && asks && transaction.wal === undefined) transaction.wal = (await marked)?.wal;
    await asking.settled();

    // What is sent from here to the first wait leaves in one piece: our questions cost the server's time only.
    const opening = [
      ...(opens ? ["begin"] : []),
      ...(speaks ? ["set local client_min_messages = debug1"] : []),
      ...(opens && asks ? startQueries(context) : []),
    ];
    const opened = opening.length > 0 ? asking.simple(opening.join("; ")) : undefined;
    if (speaks && settings) notices.raise(settings.level);
    const said: string[] = [];
    const late: Buffer[] = [];
    const onNotice = ({ bytes }: Frame): void => notices.pass(bytes, said, { put: (kept) => late.push(kept) });
    // The server would take a question for COPY data; and what others see may change only once we know what was before.
    const follows = asks && !kind.copiesIn;
    const commits = follows && closes && transaction.begunAt !== undefined;
    const question = {
      node: kind.node,
      own,
      undoes: kind.undoes,
      definesHandler: kind.definesHandler,
      how: "simple",
      restores: !closes,
      ...(speaks && settings && { level: settings.level }),
    } as const;
    const cancels = asking.cancels();
    let sent: SentProbe | undefined;
    const withhold = opens && lone ? { withhold: notInTransaction } : {};
    const running = run(query, {
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
    const ran = await running;
    const answer = await opened;
    if (opens && asks) noteStart(context, transaction, answer);
    const around = { said, ...lockTimeout(context) };

    if (ran.failure) {
      transactions.uncounted = true;
      notices.lower();
      context.settings = opens ? settings : undefined;
      const ours = transaction.block === "implicit";
      if (ours) {
        await asking.simple("rollback");
        transactions.end();
        if (withhold.withhold && sqlState(ran.failure) === notInTransaction) {
          record.finish({ evidence: noEvidence("It was tried in a transaction first.") });
          await alone({ ...piece, kind: { ...kind, place: "outside" } }, query);
          return false;
        }
      }
      record.finish(outcome(ran, noEvidence("It failed, and what it held is gone.", around)));
      return false;
    }

    if (!closes && !exchange.holding()) answered();
    let evidence = may || kind.asked !== "backend" ? nothingToShow(around) : noEvidence(withoutRight, around);
    if (kind.asked === "observer" && exchange.status() === "T" && transaction.states.size === 0)
      evidence = await askObserver(context, transaction, around);
    else if (may && kind.asked !== "nothing" && (sent || exchange.status() === "T"))
      evidence = await readAnswer(context, transaction, (sent ??= sendProbe(context, transaction, question)), around);
    else settingsAfter(context, kind);
    if (may && kind.control === "savepoint" && transaction.states.size > 0)
      await askProbe(context, transaction, { said: [] }, { node: kind.node, undoes: kind.undoes, how: "simple" });

    const probed = closes || exchange.holding() ? await sent?.answer : undefined;
    // Behind a question that was cancelled COMMIT would roll back, and call that no error.
    const ended =
      closes && !commits && !probed?.failure ? await asking.simple("commit", { cancellable: true, onNotice }) : probed;
    notices.lower();
    if (closes) {
      if (exchange.status() !== "I") await asking.simple("rollback");
      transactions.end();
      context.settings = opens ? settingsAfterOurs(settings, context.settings) : undefined;
      // While the client thinks about the answer: its next statement will need it.
      void Promise.resolve(observer.refresh()).catch(() => {});
    }
    if (ended?.failure) {
      exchange.discardHeld();
      exchange.release(...late, ended.failure);
      record.finish(outcome({ ...ran, failure: ended.failure }, evidence));
      return false;
    }
    exchange.release(...late);
    record.finish(outcome(ran, evidence));
    if (own) transactions.await(transaction, record, evidence);
    return true;
  };

  /** Several statements in one text: one implicit transaction, unless they say otherwise. */
  const several = async (script: readonly ScriptStatement[]): Promise<void> => {
    let ours = false;
    for (const [index, piece] of script.entries()) {
      const query = message("Q", Buffer.concat([piece.bytes, Buffer.alloc(1)]));
      const last = index === script.length - 1;
      const { control } = piece.kind;
      if (exchange.closed()) return;
      if (ours && control && control !== "begin") {
        const transaction = transactions.current();
        if (transaction) await confirm(context, transaction, "simple");
        // The server ends an implicit transaction with a warning, or refuses; outside of any it does and says the same.
        const ended = await asking.simple(control === "commit" ? "commit" : "rollback", { cancellable: true });
        transactions.end();
        context.settings = undefined;
        ours = false;
        if (ended.failure) return exchange.put(ended.failure);
      }
      if (exchange.status() === "I" && control) {
        // With a second statement the server is where it would be: in an implicit transaction block.
        const companion = message("Q", Buffer.concat([piece.bytes, Buffer.from("\n;show lock_timeout\0")]));
        if (!(await asItIs(piece, companion, { extra: true }))) return;
        continue;
      }
      if (exchange.status() === "E") {
        if (!(await asItIs(piece, query))) return;
        continue;
      }
      if (ours && control === "begin") {
        ours = false;
        const transaction = transactions.current();
        if (transaction) await confirm(context, transaction, "simple");
        if (transaction) transaction.block = "explicit";
        if (await asItIs(piece, query, { drop: notInTransaction })) continue;
        await asking.simple("rollback");
        return transactions.end();
      }
      const opens = exchange.status() === "I";
      ours ||= opens;
      if (!(await inBlock(piece, query, { opens, closes: ours && last, lone: false }))) return;
      if (!opens && !ours && exchange.status() === "I") transactions.end();
    }
  };

  /** A statement that decides about transactions, or is in a failed one: as it is. */
  const asItIs = async (
    piece: ScriptStatement,
    query: Buffer,
    options: { readonly drop?: string; readonly extra?: boolean } = {},
  ): Promise<boolean> => {
    const { kind } = piece;
    const begins = kind.control === "begin";
    const transaction = transactions.current() ?? transactions.begin(begins ? "explicit" : "implicit");
    const record = begin(piece.bytes, transaction.number, transaction.block === "explicit" ? "explicit" : "none");
    const ran = await run(query, { offset: piece.offset, hold: false, ...options });
    settingsAfter(context, kind);
    if (exchange.status() === "I") transactions.end();
    record.finish(outcome(ran, ran.failure ? noEvidence("It failed.") : nothingToShow({ said: ran.said })));
    return !ran.failure;
  };

  const handle = async (frame: Frame): Promise<void> => {
    let answered = false;
    const answer = (): void => {
      if (answered) return;
      answered = true;
      exchange.putReports();
      exchange.put(message("Z", Buffer.from(exchange.status())));
    };
    exchange.gatherReports();
    if (notebook.evidence) await asked(frame, answer);
    else await whole(frame.bytes, "No evidence was asked for.");
    if (exchange.status() === "I") transactions.end();
    await settleCounters(context, "simple");
    answer();
  };

  /** Asks the server about each statement of a text. `answered`: the client may have its ReadyForQuery. */
  const asked = async (frame: Frame, answered: () => void): Promise<void> => {
    const text = queryText(frame.bytes);
    const script = readScript(text, exchange.parameter("client_encoding") ?? "UTF8");
    const [first] = script ?? [];
    const status = exchange.status();
    const only = first && status === "I" ? { ...first, kind: await knownKind(context, first.kind) } : first;
    if (!script || !only)
      await whole(frame.bytes, script ? "There is no statement in it." : "It can't be told what statements these are.");
    else if (script.length > 1) await several(script);
    else if (status === "E") await asItIs(only, frame.bytes);
    else if (status === "T") await inBlock(only, frame.bytes, { opens: false, closes: false, lone: true, answered });
    else if (only.kind.control === "begin") await asItIs(only, frame.bytes);
    else if (only.kind.place === "ordinary")
      await inBlock(only, frame.bytes, { opens: true, closes: true, lone: true });
    else await alone(only, frame.bytes);
  };
  return handle;
}

function sqlState(failure: Buffer): string | undefined {
  return reportFields(failure).get("C");
}

function failed(failure: Buffer | undefined): { readonly error?: StatementError } {
  return failure ? { error: statementError(failure) } : {};
}

function outcome(ran: Ran, evidence: StatementEvidence): Parameters<OpenStatement["finish"]>[0] {
  return { ...(ran.failure ? {} : ran.commands.at(-1)), durationMs: ran.durationMs, ...failed(ran.failure), evidence };
}
