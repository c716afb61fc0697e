import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { loadParser } from "../sql/parser.ts";
import { askPassword, greeting, samePassword } from "./admit.ts";
import type { GuardState } from "./guard-context.ts";
import { errorResponse, refuseSession } from "./guard-refusal.ts";
import { type Guard, type GuardEvent, type GuardLimits, type GuardedServer, refusedSqlState } from "./guard.ts";
import { type JoinedSession, joinSession } from "./join-session.ts";
import { createPlanOrder } from "./create-plan-order.ts";
import { loadScriptParser } from "./script.ts";
import { type SessionBeginning, type StartupPacket, beginningOf, differsIn } from "./startup-packet.ts";
import { initialTimeouts, withDefaults } from "./statement-limits.ts";

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
  const sessions = new Set<JoinedSession>();
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
    const joined = joinSession(client, session, state, speaksForItself ? undefined : initial, () =>
      sessions.delete(joined),
    );
    sessions.add(joined);
    session.socket.resume();
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
