import { afterAll, beforeAll, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { lint } from "../../src/lint.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

const tables =
  "CREATE TABLE boats (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, note text, berth int);";

/** For every row, whatever the columns hold that may hold anything. */
const always = [
  "true",
  "NOT false",
  "1 = 1",
  "0 = 0.0",
  "NOT (1 = 2)",
  "'a' <> 'b'",
  "2 < 10 AND 't'::boolean",
  "false IS NOT TRUE",
  "NULL IS NOT TRUE",
  "NULL IS NULL",
  "coalesce(NULL, true)",
  "(SELECT true)",
  "EXISTS (SELECT 1)",
  "id = id",
  "id > 0",
  "-1 < id",
  "id IS NOT NULL",
  "ctid IS NOT NULL",
  "name LIKE '%'",
  "note IS NOT DISTINCT FROM note",
  "note = note OR note IS NULL",
  "note IS NULL OR note IS NOT NULL",
  "id >= 0 OR note IS NULL",
  "boats.id IS NOT NULL",
  "boats.id = id",
];

const notAlways = [
  "2 > 10",
  "'a' = 'b'",
  "NULL",
  "NULL = NULL",
  "note = note",
  "note LIKE '%'",
  "berth > 0",
  "id > 1",
  "id > 0 AND id <= 1",
  "EXISTS (SELECT 1 WHERE false)",
  "EXISTS (SELECT 1 HAVING false)",
  "EXISTS (SELECT 1 LIMIT 0)",
  "(SELECT false)",
  "note IS NULL",
];

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

it("tells a condition that holds for every row from one that does not, as PostgreSQL finds the rows", async () => {
  await using client = await createTestDatabase(server);
  await client.query(tables);
  await client.query("INSERT INTO boats (name, note, berth) VALUES ('a', NULL, -1), ('b', 'c', 1)");
  for (const [conditions, holds] of [
    [always, true],
    [notAlways, false],
  ] as const)
    for (const condition of conditions) {
      const { rows } = await client.query(`SELECT count(*) = 2 AS all FROM boats WHERE ${condition}`);
      const loose = [tables, `DELETE FROM boats WHERE ${condition};`].map((text, index) => ({
        path: `${index}.sql`,
        text,
      }));
      const { findings } = await lint({ loose });
      const reported = findings.some(({ ruleId }) => ruleId === "update-delete-without-where");
      expect({ condition, all: rows[0].all, reported }).toEqual({ condition, all: holds, reported: holds });
    }
});
