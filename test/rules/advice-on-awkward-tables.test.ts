import { afterAll, beforeAll, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { lint } from "../../src/lint.ts";
import { objectName } from "../../src/schema/object-name.ts";
import { splitStatements } from "../../src/sql/split-statements.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** The statements that a rule advises in place of one. */
async function adviceOf(ruleId: string, schema: string, statement: string): Promise<readonly string[]> {
  const { findings } = await lint({
    loose: [
      { path: "1.sql", text: schema },
      { path: "2.sql", text: statement },
    ],
  });
  const found = findings.find((finding) => finding.ruleId === ruleId && finding.file === "2.sql");
  const sql = found?.help?.split("\n\n").find((part) => /^[A-Z]{3,}.*;$/s.test(part));
  return sql?.split("\n") ?? [];
}

const long = "a_name_that_goes_on_and_on_until_there_is_no_room_for_any_more";

it("names what has no name as PostgreSQL does", async () => {
  await using client = await createTestDatabase(server);
  const tables: readonly (readonly [string, readonly string[]])[] = [
    ["boats", ["name"]],
    ["boats2", ["name", long]],
    [`${long}_2`, ["name"]],
    [long, [long, `b${long}`.slice(0, 63)]],
    ["Ærø_på_øst_ÆÆÆÆÆÆÆÆÆÆÆÆÆÆÆÆÆÆÆ", ["ååååååååååååååååååååååååååååååå", "b"]],
  ];
  for (const [table, columns] of tables) {
    const name = Buffer.from(table).subarray(0, 63).toString();
    const keys = columns.map((column) => `"${column}"`);
    await client.query(
      `CREATE TABLE "${name}" (${keys.map((key) => `${key} int`).join()}, UNIQUE (${keys.join()}), id int PRIMARY KEY)`,
    );
    const { rows } = await client.query<{ conname: string }>(
      "SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('u', 'p') ORDER BY contype",
      [`"${name}"`],
    );
    await client.query(`DROP TABLE "${name}"`);
    expect(rows.map(({ conname }) => conname)).toEqual([
      objectName(name, [], "pkey"),
      objectName(name, columns, "key"),
    ]);
  }
});

it("builds an index on every partition, after which the parent's is valid", async () => {
  const schema =
    'CREATE SCHEMA "Old";\nCREATE TABLE tides (at date NOT NULL, level int) PARTITION BY RANGE (at);\nCREATE TABLE tides_1 PARTITION OF tides FOR VALUES FROM (\'2024-01-01\') TO (\'2025-01-01\');\nCREATE INDEX tides_1_level_expr_idx ON tides_1 (at);\nCREATE TABLE "Old"."tides rest" PARTITION OF tides DEFAULT;';
  const advice = await adviceOf(
    "create-index-partitioned-parent",
    schema,
    'CREATE INDEX "By level" ON tides USING btree (level, (level + 1)) WHERE level > 0;',
  );
  await using client = await createTestDatabase(server);
  await client.query(schema);
  for (const sql of advice) await client.query(sql);
  expect(advice).toHaveLength(5);
  const { rows } = await client.query("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"By level\"'::regclass");
  expect(rows).toEqual([{ indisvalid: true }]);
});

it("attaches a partition with a generated column, and detaches none beside a default one", async () => {
  const schema =
    "CREATE TABLE tides (at date NOT NULL, level int, twice int GENERATED ALWAYS AS (level * 2) STORED) PARTITION BY RANGE (at);\nCREATE TABLE tides_1 PARTITION OF tides FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');\nCREATE TABLE tides_rest PARTITION OF tides DEFAULT;";
  const next = "CREATE TABLE tides_2 PARTITION OF tides FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');";
  await using client = await createTestDatabase(server);
  await client.query(schema);
  const advice = await adviceOf("create-partition-of", schema, next);
  for (const sql of advice) await client.query(sql);
  expect(advice).toHaveLength(2);
  expect(await adviceOf("drop-partition", schema, "DROP TABLE tides_1;")).toEqual([]);
  expect(await adviceOf("drop-partition", schema.replace(/^.*DEFAULT;$/m, ""), "DROP TABLE tides_1;")).toHaveLength(2);
});

it.each([
  ["ALTER TABLE boats ADD UNIQUE (name)", "(1, NULL), (2, NULL)", 0],
  ["ALTER TABLE boats ADD UNIQUE (name)", "(1, 'Iris'), (2, 'Iris')", 1],
  ["ALTER TABLE boats ADD UNIQUE NULLS NOT DISTINCT (name)", "(1, NULL), (2, NULL)", 1],
  ["CREATE UNIQUE INDEX i ON boats (name, id)", "(1, NULL), (1, NULL)", 0],
  ["CREATE UNIQUE INDEX i ON boats (id)", "(1, NULL), (1, NULL)", 1],
  ["ALTER TABLE boats ADD PRIMARY KEY (name)", "(1, NULL), (2, 'Iris')", 1],
  ["ALTER TABLE boats ADD PRIMARY KEY (id)", "(1, NULL), (2, NULL)", 0],
])("finds the rows that refuse %s, and no others: %s", async (statement, rows, found) => {
  const schema = "CREATE TABLE boats (id int NOT NULL, name text);";
  await using client = await createTestDatabase(server);
  await client.query(`${schema} INSERT INTO boats VALUES ${rows}`);
  const [query = ""] = await adviceOf("existing-rows-may-fail", schema, `${statement};`);
  expect((await client.query(query)).rowCount).toBe(found);
  const outcome = await client.query(statement).then(
    () => "done",
    () => "refused",
  );
  expect(outcome).toBe(found === 0 ? "done" : "refused");
});

const keys = `SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid) || ' ' || indisvalid AS said
  FROM pg_constraint c JOIN pg_index ON indexrelid = conindid WHERE contype IN ('p', 'u', 'f') ORDER BY 1`;

it.each([
  ["add-pk", "CREATE TABLE boats (id bigint, name text);", "ALTER TABLE boats ADD PRIMARY KEY (id) INCLUDE (name);"],
  [
    "add-pk",
    `CREATE TABLE boats (id bigint, "On" date) PARTITION BY RANGE ("On"); CREATE TABLE boats_2026 PARTITION OF boats DEFAULT;`,
    `ALTER TABLE boats ADD PRIMARY KEY (id, "On");`,
  ],
  [
    "add-unique-constraint",
    `CREATE SCHEMA old; CREATE TABLE boats (id bigint, at date) PARTITION BY RANGE (at);
     CREATE TABLE old.boats_2025 PARTITION OF boats FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
     CREATE TABLE "Boats 2026" PARTITION OF boats FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`,
    `ALTER TABLE public.boats ADD CONSTRAINT "One a day" UNIQUE (id, at);`,
  ],
  [
    "add-column-inline-unique",
    "CREATE TABLE boats (name text);",
    "ALTER TABLE boats ADD COLUMN id bigint PRIMARY KEY;",
  ],
  [
    "fk-on-partitioned",
    `CREATE TABLE locks (id bigint PRIMARY KEY); CREATE TABLE boats (lock_id bigint, at date) PARTITION BY RANGE (at);
     CREATE TABLE "Boats 2026" PARTITION OF boats FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
     CREATE TABLE boats_rest PARTITION OF boats DEFAULT;`,
    `ALTER TABLE boats ADD CONSTRAINT "At a lock" FOREIGN KEY (lock_id) REFERENCES locks ON DELETE CASCADE;`,
  ],
])("%s: the advice makes what the statement makes", async (ruleId, schema, statement) => {
  await using direct = await createTestDatabase(server);
  await using advised = await createTestDatabase(server);
  for (const client of [direct, advised]) await client.query(schema);
  await direct.query(statement);
  const { findings } = await lint({
    loose: [schema, statement].map((text, index) => ({ path: `${index}.sql`, text })),
  });
  const help = findings.find((finding) => finding.ruleId === ruleId)?.help ?? "";
  for (const part of help.split("\n\n").filter((each) => /^[A-Z]{3,}\b[^]*;$/.test(each)))
    for (const { sql } of splitStatements(part)) await advised.query(sql);
  const [made, asked] = await Promise.all([advised, direct].map((client) => client.query<{ said: string }>(keys)));
  expect(made?.rows.length).toBeGreaterThan(0);
  expect(made?.rows).toEqual(asked?.rows);
});
