import { bindsSetting } from "../sql/setting.ts";
import type { Flow } from "./conversation.ts";
import { digestOfValues, readBind, readClose, readExecute, readParse } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import { announceStatement, noteError, tellStatement, tellTransaction, telling } from "./guard-telling.ts";
import { compareResult, judgeAll, refuse, refusedText } from "./guard-refusal.ts";
import { settingsAfterwards } from "./guard-settings.ts";
import type { GuardContext } from "./guard-context.ts";
import { type GuardedText, type Judgement, commandWords, guardedText, isCompared } from "./guarded-statement.ts";
import { createTextReader } from "./guarded-texts.ts";
import { nothingToDo } from "./guarded-pieces.ts";
import { limit, loosen } from "./limiting.ts";
import { fromServer } from "./message-types.ts";
import { flush, isFatal, message } from "./messages.ts";
import { type Passed, assume, passMessage } from "./pass-message.ts";
import type { Reply } from "./replies.ts";
import { refuseSimple } from "./refuse-simple.ts";
import { statementError } from "./statement-error.ts";

/** A statement that the client had parsed; one of its portals may be in use. */
interface Prepared {
  readonly text: GuardedText;
  /** Whether the server has something harmless in its place, as an earlier run has finished it. */
  readonly replaced: boolean;
  /** Why it may be described and not run. */
  readonly foreign?: string;
}

interface Portal extends Prepared {
  /** Whether rows of it are still to come: what runs next is the rest of it. */
  suspended: boolean;
}

const noParameters = Buffer.alloc(2);

/** Handles extended queries: what is not in the plan is not even parsed, and what is runs when its turn has come. */
export function guardedExtended(context: GuardContext): Flow {
  const { asking, exchange, guard } = context;
  const statements = new Map<string, Prepared>();
  const portals = new Map<string, Portal>();
  const read = createTextReader();
  /** Gives the session's settings back their values after the batch. */
  let restore: (() => Promise<void>) | undefined;
  /** Whether a message of the batch has run a statement. */
  let executed = false;
  /** Whether the batch has begun, and whether an error has ended it. */
  let begun = false;
  let failed = false;
  /** Whether what the batch ran outside a block is committed with its Sync, and not by itself before. */
  let together = true;
  /** The client's transaction block as of the last statement, in the letters of ReadyForQuery. */
  let block: "I" | "T" | "E" = "I";
  /** The statement that is being run; and those of the batch that the server refused to parse or to bind. */
  let running: GuardedText | undefined;
  const unsound = new Set<GuardedText>();
  /** The last answer that is still to come. */
  let pending: Promise<unknown> = Promise.resolve();
  /** Tells about what the server refused before it could run. */
  let settling: Promise<void> = Promise.resolve();

  const pass = (
    to: Reply["to"],
    bytes: Buffer,
    options: { readonly more?: number; readonly digests?: boolean } = {},
  ): Promise<Passed> => {
    const passed = passMessage(context, to, bytes, { ...options, failing: () => (failed = true) });
    pending = passed.then(({ failure }) => failure && noteError(context, failure));
    return passed;
  };

  /** In the place of a message: the transaction fails, and the server passes over everything up to the next Sync. */
  const refuseMessage = (text: GuardedText | undefined, why: string): void => {
    const refusal = refuse(context, text ? commandWords(text) : "the end of a transaction", why);
    exchange.send(message("P", "", refusedText, noParameters), [
      {
        to: "parse",
        for: "headgate",
        on({ type }) {
          if (type !== fromServer.errorResponse) return;
          failed = true;
          exchange.put(refusal);
        },
        done: () => {},
      },
    ]);
  };

  const parse = (frame: Frame): undefined => {
    const { name, sql } = readParse(frame.bytes);
    const { text, count } = read(sql, exchange.parameter("client_encoding"));
    const free = text.control !== undefined || count === 0;
    let foreign: string | undefined;
    if (!exchange.skipping() && !free) {
      foreign = whyForeign(text, count);
      // Client libraries have a SELECT described to learn the types of its columns, which reads no row.
      const describable = guard.order && !guard.refusal && text.kind?.node === "SelectStmt";
      if (foreign !== undefined && !describable) return void refuseMessage(text, foreign);
    }
    const replaced = guard.order?.isDone(text.identity) === true && !/\$\d/.test(text.sql);
    const undo = assume(statements, name, { text, replaced, ...(foreign !== undefined && { foreign }) });
    const bytes = replaced ? message("P", name, nothingToDo, noParameters) : frame.bytes;
    void pass("parse", bytes, frame).then((passed) => settle(text, passed, undo));
  };

  /** What the server refuses before it could run has had its turn. */
  const settle = (text: GuardedText | undefined, { outcome, failure }: Passed, undo: () => void): void => {
    if (outcome === "done") return;
    undo();
    if (text && failure) unsound.add(text);
    if (text === running) return;
    if (!text || !failure || text.control) return;
    const [judgement] = judgeAll(context, [text], block, "goes on");
    if (judgement?.kind !== "planned") return;
    settling = telling(context, async () => {
      await announceStatement(context, text, judgement, true);
      await tellStatement(context, judgement, "failed", { sqlState: statementError(failure).sqlState });
    });
  };

  /** Why a statement can have no turn. */
  const whyForeign = ({ identity, setting, sql }: GuardedText, count: number): string | undefined => {
    if (count > 1) return "came with others in one prepared statement";
    if (guard.refusal) return "came after another one had been refused";
    if (!guard.order) return "came while no revision was running";
    // What it sets is known when it is bound, and to what kind of session when it runs.
    if (setting || bindsSetting(sql)) return undefined;
    return guard.order.knows(identity) ? undefined : "is not in the plan";
  };

  /** The first statement of a batch outside a transaction gets its limits before it is bound, as nothing may come between. */
  const bind = async (frame: Frame): Promise<void> => {
    const { portal, statement } = readBind(frame.bytes);
    const prepared = bound(statements.get(statement), frame);
    if (prepared?.foreign !== undefined && !exchange.skipping()) return refuseMessage(prepared.text, prepared.foreign);
    if (prepared && block === "I" && !executed && !restore) {
      const [judgement] = judgeAll(context, [prepared.text], block, "goes on");
      if (judgement?.kind === "planned" && !judgement.done) {
        exchange.send(flush, []);
        await pending;
        if (!exchange.skipping()) restore = await limit(context, prepared.text, judgement, "extended", "session");
      }
    }
    const undo = assume(portals, portal, prepared && { ...prepared, suspended: false });
    void pass("bind", frame.bytes, frame).then((passed) => settle(prepared?.text, passed, undo));
  };

  const execute = async (frame: Frame): Promise<void> => {
    const portal = portals.get(readExecute(frame.bytes));
    const { text } = portal ?? {};
    const run = (digests = false): Promise<Passed> => pass("execute", Buffer.concat([frame.bytes, flush]), { digests });
    // Without a portal the server has its own words; and in a failed transaction for everything but its end.
    if (!portal || !text || exchange.skipping() || portal.suspended || (block === "E" && !text.control)) {
      const passed = await run();
      if (portal) portal.suspended = passed.suspended;
      return;
    }
    const [judgement] = judgeAll(context, [text], block, "goes on");
    if (!judgement) return void (await run());
    if (judgement.kind === "refused") return refuseMessage(text, judgement.why);
    const planned = judgement.kind === "planned";
    if (planned && judgement.done && !portal.replaced) return passOver(judgement);
    const inside = executed || block === "T";
    const release =
      planned && inside
        ? await limit(context, text, judgement, "extended", block === "T" ? "block" : "pipeline")
        : undefined;
    // The end of the transaction does that by itself.
    if (!planned && block === "T" && text.control !== "commit" && text.control !== "rollback")
      await loosen(context, "extended", "block");
    try {
      if (text.control === "commit" && block !== "E") await tellTransaction(context, "ending");
      if (planned) together &&= heldTogether(text, judgement);
      await announceStatement(context, text, judgement, block === "T" || together);
    } catch {
      return refuseMessage(text, "could not be written down before it was sent");
    }
    executed = true;
    running = text;
    const passed = await run(isCompared(judgement));
    running = undefined;
    portal.suspended = passed.suspended;
    if (passed.outcome === "skipped" && !exchange.closed() && planned && !unsound.has(text)) {
      guard.order?.takeBack(judgement.index);
      context.transaction?.statements.pop();
    }
    await telling(context, () => finished(text, judgement, passed));
    if (passed.outcome === "done") await release?.();
    else context.inForce = undefined;
  };

  const finished = async (text: GuardedText, judgement: Judgement, passed: Passed): Promise<void> => {
    const { outcome, failure, durationMs, tag } = passed;
    if (judgement.kind === "planned" && judgement.done) return tellStatement(context, judgement, "skipped");
    const lost = (exchange.closed() && !failure) || (failure && isFatal(failure));
    const phase = outcome === "done" ? "done" : lost ? "unknown" : "failed";
    const sqlState = failure && statementError(failure).sqlState;
    await tellStatement(context, judgement, phase, { durationMs, ...(sqlState !== undefined && { sqlState }) });
    if (lost && text.control === "commit") return tellTransaction(context, "unknown");
    if (outcome !== "done") return;
    settingsAfterwards(context, text, judgement);
    compareResult(context, text, judgement, passed.result);
    if (text.control === "begin") block = "T";
    if (text.control !== "commit" && text.control !== "rollback") return;
    block = /\bchain\b/i.test(text.sql) && !/\bno\s+chain\b/i.test(text.sql) ? "T" : "I";
    await tellTransaction(context, tag === "COMMIT" ? "committed" : "rolled back");
  };

  /** Answers what an earlier run has finished in the place of the server, when the answers before it have come. */
  const passOver = async (judgement: Judgement & { readonly kind: "planned" }): Promise<void> => {
    executed = true;
    if (!(await asking.extended([""], "flush"))) return;
    guard.order?.pass(judgement.index, undefined);
    exchange.put(message("C", "UNLISTEN"));
    await telling(context, () => tellStatement(context, judgement, "skipped"));
  };

  /** The end of a batch, which commits what no block is around. */
  const synchronise = async (frame: Frame): Promise<void> => {
    const implicit = block === "I" && context.transaction !== undefined;
    const why = implicit ? judgeAll(context, [], block, "ends").find(({ kind }) => kind === "refused") : undefined;
    let commits = implicit && !together;
    if (implicit) {
      exchange.send(flush, []);
      await pending;
      if (!failed && why?.kind === "refused") refuseMessage(undefined, why.why);
      else if (!failed && together && !exchange.closed()) commits = await announceEnd();
    }
    await pass("sync", frame.bytes);
    await settling;
    if (exchange.closed()) {
      const phase = commits && !failed ? "unknown" : "rolled back";
      return telling(context, () => tellTransaction(context, phase));
    }
    if (exchange.status() === "I")
      await telling(context, () => tellTransaction(context, failed ? "rolled back" : "committed"));
    begun = false;
    failed = false;
    executed = false;
    together = true;
    unsound.clear();
    await restore?.();
    restore = undefined;
    exchange.put(message("Z", Buffer.from(exchange.status())));
  };

  /** The server keeps what came outside a block open until Sync: whoever listens can still see its transaction. */
  const announceEnd = async (): Promise<boolean> => {
    try {
      await tellTransaction(context, "ending");
      return true;
    } catch {
      refuseMessage(undefined, "could not be written down before it was committed");
      return false;
    }
  };

  return (frame) => {
    if (!begun) block = exchange.status();
    const { bytes, more } = frame;
    const type = String.fromCharCode(frame.type);
    begun = type !== "S" && type !== "F";
    switch (type) {
      case "P":
        return parse(frame);
      case "B":
        return bind(frame);
      case "C": {
        const { kind, name } = readClose(bytes);
        const undo = kind === "statement" ? assume(statements, name, undefined) : assume(portals, name, undefined);
        return void pass("close", bytes, { more }).then(({ outcome }) => outcome !== "done" && undo());
      }
      case "D":
        return void pass("describe", bytes, { more });
      case "E":
        return execute(frame);
      case "S":
        return synchronise(frame);
      case "F":
        return refuseSimple(context, "a function call of the protocol", "cannot be compared with the plan");
      default:
        exchange.send(bytes, [], more);
        return undefined;
    }
  };
}

/** The statement with what it is bound to, where that sets something. */
function bound(prepared: Prepared | undefined, frame: Frame): Prepared | undefined {
  if (!prepared || !bindsSetting(prepared.text.sql)) return prepared;
  const { sql, kind } = prepared.text;
  // No rehearsal has this digest: what is too long to be compared does not pass.
  return { ...prepared, text: guardedText(sql, kind, digestOfValues(frame) ?? "not read") };
}

/** Whether the transaction of a statement is still open when it is done. */
function heldTogether({ kind }: GuardedText, { statement }: Judgement & { readonly kind: "planned" }): boolean {
  return statement.transactional && (kind?.place === "ordinary" || kind?.place === "session");
}
