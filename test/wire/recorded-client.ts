import pg from "pg";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";
import { createTestDatabase } from "../support/postgres.ts";

/** A client of a new database, behind a proxy that records what it sends. */
export interface RecordedClient extends AsyncDisposable {
  readonly client: pg.Client;
  /** Sends one query after the other, as simple queries or as prepared statements. @param failed gets what the server refuses */
  send(queries: readonly string[], how: string, failed?: (cause: Error) => void): Promise<void>;
  /** Ends the client, and gives what was recorded of it. */
  recorded(): Promise<readonly RecordedStatement[]>;
}

/** @param setup SQL that makes the database what it is, unrecorded */
export async function recordedClient(server: PostgresServer, setup: string): Promise<RecordedClient> {
  await using opened = new AsyncDisposableStack();
  const direct = opened.use(await createTestDatabase(server));
  const database = direct.database ?? "";
  await direct.query(setup);
  const recorder = await createRecorder({ connection: (name) => server.connection(name) });
  const proxy = opened.use(await startProxy({ server: server.connection(database), recorder }));
  const client = new pg.Client({ ...server.connection(database), host: proxy.host, port: proxy.port });
  await client.connect();
  const kept = opened.move();
  return {
    client,
    async send(queries, how, failed) {
      for (const [index, text] of queries.entries()) {
        const answer = client.query(how === "simple" ? text : { text, name: `s${index}` });
        await (failed ? answer.catch(failed) : answer);
      }
    },
    async recorded() {
      await client.end();
      return recorder.recording().statements;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
