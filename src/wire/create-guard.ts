import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { loadParser } from "../sql/parser.ts";
import { nothingTold } from "../sql/told.ts";
import { askPassword, greeting, samePassword } from "./admit.ts";
import { converse } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";
import { errorResponse, refuseSession, telling, tellTransaction } from "./guard-context.ts";
import type { GuardContext, GuardState } from "./guard-context.ts";
import { refusedSqlState } from "./guard.ts";
import type { Guard, GuardedServer, GuardEvent, GuardLimits } from "./guard.ts";
import { courseOf } from "../sql/course.ts";
import { guardedExtended } from "./guarded-extended.ts";
import { guardedSimple } from "./guarded-simple.ts";
import { createPlanOrder } from "./plan-order.ts";
import { loadScriptParser } from "./script.ts";
import { initialTimeouts, withDefaults } from "./statement-limits.ts";
import { beginningOf, differsIn } from "./startup-packet.ts";
import type { SessionBeginning, StartupPacket } from "./startup-packet.ts";

/** What to guard. */
export interface GuardOptions {
  readonly server: GuardedServer;
  readonly limits?: GuardLimits;
  /** What `application_name` begins with, before the revision. Default: `headgate`. */
  readonly name?: string;
  /**
   * What its sessions began with when they were rehearsed: others are refused, as the same statements may do something
   * else in them. Absent: not compared.
   */
  readonly beginnings?: readonly SessionBeginning[];
  readonly onEvent?: (event: GuardEvent) => void | Promise<void>;
}

interface Session {
  readonly conversation: Conversation;
  readonly context: GuardContext;
  /** Whether one of the client's messages is being answered. */
  readonly busy: () => boolean;
  /** Ends it, whatever it does; resolves when the server has let it go. */
  leave(): Promise<void>;
  readonly cancel: () => Promise<void>;
}

/** How long the server may take to give a session up that has been cancelled, in milliseconds. */
const patienceMs = 10_000;

/**
 * A guard for one proxy.
 * @throws Error when the server cannot be reached
 */
export async function createGuard({
  server,
  limits: given = {},
  name = "headgate",
  beginnings,
  onEvent,
}: GuardOptions): Promise<Guard> {
  await Promise.all([loadParser(), loadScriptParser()]);
  const limits = withDefaults(given);
  const own = await server.timeouts();
  const initial = initialTimeouts(limits, own);
  const password = randomBytes(24).toString("base64url");
  const sessions = new Set<Session>();
  const state: GuardState = {
    limits,
    name,
    own,
    initial,
    order: undefined,
    refusal: undefined,
    saidByCode: false,
    tell: async (event) => onEvent?.(event),
  };

  const open = async (client: Socket, startup: Extract<StartupPacket, { kind: "startup" }>): Promise<void> => {
    const { parameters, bytes } = startup;
    const words = new Map([...parameters].filter(([name]) => name !== "user" && name !== "database"));
    // The server's own defaults may be stricter; what the client says for itself comes later and counts.
    const settings = `-c lock_timeout=${initial.lockTimeoutMs} -c statement_timeout=${initial.statementTimeoutMs}`;
    words.set("options", [settings, words.get("options")].filter(Boolean).join(" "));
    words.set("application_name", "headgate");
    const session = await server.open(words);
    const speaksForItself = /_timeout/.test([...parameters].flat().join(" "));
    session.socket.unshift(greeting(session, bytes));
    join(client, session, speaksForItself);
  };

  const join = (
    client: Socket,
    upstream: Awaited<ReturnType<GuardedServer["open"]>>,
    speaksForItself: boolean,
  ): void => {
    const { socket } = upstream;
    socket.on("error", () => socket.destroy());
    const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    let busy = false;
    let working: Promise<void> = Promise.resolve();
    let context: GuardContext | undefined;
    const conversation = converse({
      client,
      upstream: socket,
      startup: Buffer.alloc(0),
      flows(line) {
        const guarded: GuardContext = {
          ...line,
          guard: state,
          transaction: undefined,
          timeouts: speaksForItself ? undefined : initial,
          inForce: undefined,
          changedSettings: false,
          course: courseOf(nothingTold),
          named: undefined,
        };
        context = guarded;
        const whileBusy =
          (flow: ReturnType<typeof guardedSimple>): ReturnType<typeof guardedSimple> =>
          (frame) => {
            const work = flow(frame);
            if (!work) return undefined;
            busy = true;
            return (working = work.finally(() => (busy = false)));
          };
        return {
          simple: whileBusy(guardedSimple(guarded)),
          extended: whileBusy(guardedExtended(guarded)),
          closed() {
            sessions.delete(session);
            // What is under way tells its own end.
            if (!busy) void telling(guarded, () => tellTransaction(guarded, "rolled back"));
          },
        };
      },
    });
    const session: Session = {
      conversation,
      context: context as unknown as GuardContext,
      busy: () => busy,
      cancel: upstream.cancel,
      async leave() {
        client.destroy();
        const patience = setTimeout(() => socket.destroy(), patienceMs);
        await gone;
        clearTimeout(patience);
        await working;
      },
    };
    sessions.add(session);
    socket.resume();
    // A client that is gone waits for nothing: what it began shall not go on without it.
    const left = (): void => void (busy && upstream.cancel());
    client.once("end", left).once("close", left);
  };

  return {
    account: { user: server.user, password, database: server.database },
    begin(revision) {
      state.order = createPlanOrder(revision);
      state.refusal = undefined;
      state.saidByCode = false;
    },
    async end() {
      const { order } = state;
      const unfinished = [...sessions].filter(
        ({ busy, context }) => busy() || context.transaction || context.exchange.status() !== "I",
      );
      await Promise.all(unfinished.map((session) => session.leave()));
      state.order = undefined;
      const { refusal, saidByCode } = state;
      return { passed: order?.reached() ?? 0, ...(refusal && { refusal }), ...(saidByCode && { saidByCode }) };
    },
    async attach(client, startup) {
      const { parameters } = startup;
      const refused = (sqlState: string, text: string): void => void client.end(errorResponse("FATAL", sqlState, text));
      const user = parameters.get("user");
      if (user !== server.user)
        return refused("28000", `Migrations run as ${server.user} here; use the connection that Headgate gives them.`);
      if ((parameters.get("database") ?? user) !== server.database)
        return refused(
          "3D000",
          `Migrations run in ${server.database} here; use the connection that Headgate gives them.`,
        );
      if (parameters.has("replication"))
        return refused("0A000", "A migration is no replica; the plan knows no replication.");
      const given = await askPassword(client);
      if (given === undefined) return void client.destroy();
      if (!samePassword(given, password))
        return refused("28P01", "This is no password of the connection that Headgate gives to migrations.");
      const differing = beginnings ? differsIn(beginningOf(startup), beginnings) : [];
      if (differing.length > 0) return refused(refusedSqlState, refuseSession(state, differing));
      try {
        await open(client, startup);
      } catch (error) {
        refused("08001", (error as Error).message);
      }
    },
    async cancel({ processId, secret }) {
      const session = [...sessions].find(({ conversation }) => conversation.hasKey(processId, secret));
      if (!session) return;
      const cancelled = Promise.withResolvers<void>();
      await session.conversation.allowCancel(cancelled.promise);
      await session.cancel().finally(cancelled.resolve);
    },
    async release() {
      await Promise.all([...sessions].map((session) => session.leave()));
    },
  };
}
