import { afterAll, beforeAll, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { settingMs } from "../../src/schema/settings.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const values = [
  ..."0|2s|2 s| 1500 |1.5s|.5s|2.|1e3|1E3ms|+2s|0x7D0|90min|1h|1d|400us|600us|2147483647".split("|"),
  ..."||abc|2S|2sec|2 seconds|-1|-2s|2s3|1e|0xZ|2147483648|30d|'2s'|off|default".split("|"),
];

it("reads a time as PostgreSQL does, and refuses what it refuses", async () => {
  await using client = await createTestDatabase(server);
  for (const value of values) {
    const asked = client.query("SELECT set_config('lock_timeout', $1, false)", [value]);
    const ms = await asked
      .then(() => client.query<{ setting: string }>("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'"))
      .then(({ rows }) => Number(rows[0]?.setting))
      .catch(() => undefined);
    expect({ value, ms: settingMs({ lock_timeout: value }, "lock_timeout") }).toEqual({ value, ms });
  }
});
