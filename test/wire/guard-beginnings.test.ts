import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { targetServer } from "../../src/target/target-server.ts";
import { createGuard } from "../../src/wire/create-guard.ts";
import type { GuardEvent } from "../../src/wire/guard.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import { beginningOf, differsIn } from "../../src/wire/startup-packet.ts";
import { planned, targetOf } from "../support/guarded.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { startTestServer } from "../support/postgres.ts";

await loadParser();

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

type Words = Pick<pg.ClientConfig, "options" | "application_name" | "statement_timeout">;

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Connects to a guard as these words say, in a rehearsal that connected as those say; what it was told. */
async function guarded(
  rehearsed: readonly Words[],
  words: Words,
): Promise<{ readonly outcome: string; readonly events: readonly GuardEvent[] }> {
  const recorder = await createRecorder({ connection: (database) => server.connection(database), evidence: false });
  await using rehearsal = await startProxy({ server: server.connection(server.maintenanceDatabase), recorder });
  for (const one of rehearsed) {
    const { host, port } = rehearsal;
    await (await connect({ ...server.connection(server.maintenanceDatabase), host, port, ...one })).end();
  }
  const events: GuardEvent[] = [];
  const guard = await createGuard({
    server: targetServer(targetOf(server, server.maintenanceDatabase)),
    beginnings: recorder.beginnings(),
    onEvent: (event) => void events.push(event),
  });
  await using proxy = await startProxy({ guard });
  guard.begin({ revision: "000003", statements: [planned("select 'weir'")], alsoAllowed: [] });
  const outcome = await connect({ host: proxy.host, port: proxy.port, ...guard.account, ...words }).then(
    async (client) => {
      const { rows } = await client.query<{ "?column?": string }>("select 'weir'");
      await client.end();
      return rows[0]?.["?column?"] ?? "";
    },
    (error: Error) => error.message,
  );
  const { refusal } = await guard.end();
  expect(refusal?.message === outcome).toBe(outcome !== "weir");
  return { outcome, events };
}

test.each<{
  readonly title: string;
  readonly rehearsed: readonly Words[];
  readonly words: Words;
  readonly why?: RegExp;
}>([
  {
    title: "the same as in the rehearsal",
    rehearsed: [{ options: "-c search_path=lock" }],
    words: { options: "-c search_path=lock" },
  },
  {
    title: "like one of several",
    rehearsed: [{}, { options: "-c search_path=lock" }],
    words: { options: "-c search_path=lock" },
  },
  { title: "by another name", rehearsed: [{}], words: { application_name: "tender" } },
  {
    title: "with another search_path",
    rehearsed: [{}, { options: "-c search_path=lock" }],
    words: { options: "-c search_path=gate" },
    why: /\(options\)/,
  },
  {
    title: "without triggers",
    rehearsed: [{}],
    words: { options: "-c session_replication_role=replica" },
    why: /\(options\)/,
  },
  {
    title: "without what the rehearsal had",
    rehearsed: [{ options: "-c search_path=lock" }],
    words: {},
    why: /\(options\)/,
  },
  {
    title: "with a timeout of its own",
    rehearsed: [{}],
    words: { statement_timeout: 1 },
    why: /\(statement_timeout\)/,
  },
])("a session that begins $title", async ({ rehearsed, words, why }) => {
  const { outcome, events } = await guarded(rehearsed, words);
  if (!why) return expect(outcome).toBe("weir");
  expect(outcome).toMatch(why);
  expect(outcome).not.toMatch(/search_path|replica|=/);
  expect(events).toEqual([expect.objectContaining({ kind: "refused" })]);
});

test("names of settings are compared without case, and the account is none", () => {
  const beginning = (words: Record<string, string>) => beginningOf({ parameters: new Map(Object.entries(words)) });
  const one = beginning({ user: "keeper", database: "weir", application_name: "a", Search_Path: "lock", options: " " });
  expect(differsIn(one, [beginning({ user: "other", search_path: "lock" })])).toEqual([]);
  expect(differsIn(one, [])).toEqual(["search_path"]);
});
