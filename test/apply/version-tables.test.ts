import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { testServers } from "./servers.ts";
import { boats, type TestTarget } from "./target.ts";

const { target } = testServers();

describe("a file with the line ends of Windows", () => {
  it("is the file that was applied", async () => {
    await using to = await target({
      ...boats,
      "migrations/2_locks.up.sql": "CREATE TABLE locks (id int);\r\n",
    });
    await to.apply();
    expect(await to.status()).toMatchObject({ state: "up-to-date", edited: [] });
    // Another checkout of the same commit.
    to.repository.write({ "migrations/2_locks.up.sql": "CREATE TABLE locks (id int);\n" });
    expect((await to.status()).edited).toEqual([]);
    expect((await to.apply()).outcome).toBe("nothing-pending");
  });
});

/** Has the ledger say what an earlier one would. */
const rewriteLedger = (to: TestTarget, sql: string) =>
  to.client.query(`SET session_replication_role = replica; ${sql}; SET session_replication_role = DEFAULT`);

describe("an earlier ledger", () => {
  it("has digests of the bytes of files", async () => {
    const file = "migrations/1_boats.up.sql";
    const text = boats[file].replaceAll("\n", "\r\n");
    await using to = await target({
      [file]: text,
      "migrations/1_boats.down.sql": boats["migrations/1_boats.down.sql"],
    });
    await to.apply();
    const digest = createHash("sha256").update(text).digest("hex");
    await rewriteLedger(
      to,
      `UPDATE headgate.entry SET details = jsonb_set(details, '{files,${file}}', '"${digest}"') WHERE event = 'applied'`,
    );
    expect(await to.status()).toMatchObject({ state: "up-to-date", edited: [] });
    to.repository.write({ [file]: `${text}-- \r\n` });
    expect((await to.status()).edited).toEqual([file]);
  });

  it.skipIf(!available("python"))("calls a history of Alembic by Alembic's name", async () => {
    const history = alembicHistory(await pythonWith(currentAlembic), [
      { id: "1", upgrade: execute("CREATE TABLE boats (id int, name text)") },
      {
        id: "2",
        down: "1",
        upgrade: `with op.get_context().autocommit_block():\n    ${execute("INSERT INTO boats VALUES (3, 'Argo')")}\n    ${execute("CREATE UNIQUE INDEX CONCURRENTLY by_name ON boats (name)")}`,
      },
    ]);
    const { "migrations/versions/2.py": second = "", "migrations/env.py": environment = "", ...first } = history;
    const named = environment.replace("configure(", "configure(version_table='revisions', ");
    await using to = await target({ ...first, "migrations/env.py": named });
    await to.apply();
    await to.client.query("INSERT INTO boats VALUES (1, 'Fram'), (2, 'Fram')");
    to.repository.write({ "migrations/versions/2.py": second });
    await expect(to.apply()).rejects.toThrow(/Of its 2 statements 1 are done/);
    await rewriteLedger(to, "UPDATE headgate.run SET history = 'alembic_version'");
    // What another history wrote under that name.
    await to.client.query(
      `INSERT INTO headgate.entry (run, project, revision, event, details)
         SELECT id, project, 'other', 'applied', '{"files":{}}' FROM headgate.run ORDER BY id LIMIT 1`,
    );
    expect((await to.status()).summary).toBe("`2` is half applied: 1 of its statements is done, and one more may be.");
    await to.client.query("DELETE FROM boats WHERE id = 2");
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["2"]);
    expect(await to.column("SELECT id FROM boats ORDER BY id")).toEqual([1, 3]);
  });
});

describe("a migration that is older than what is applied", () => {
  it("is applied where its tool would do so", async () => {
    const migration = (table: string) =>
      `-- migrate:up\nCREATE TABLE ${table} (id int);\n-- migrate:down\nDROP TABLE ${table};\n`;
    await using to = await target({
      "db/migrations/20260101000000_boats.sql": migration("boats"),
      "db/migrations/20260103000000_locks.sql": migration("locks"),
    });
    await to.apply();
    to.repository.write({ "db/migrations/20260102000000_docks.sql": migration("docks") });
    expect((await to.status()).pending).toEqual(["20260102000000"]);
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["20260102000000"]);
    expect((await to.status()).state).toBe("up-to-date");
  });
});

/** What `info()` of Flyway 11.8 says of these files; `validate()` finds nothing against what Headgate writes. */
const flyway = {
  "sql/V1__Create_boats.sql": "CREATE TABLE boats (id int);\n",
  "sql/V1_1__docks.sql": "-- höhe\r\nCREATE TABLE docks (id int);\r\n\r\n",
  "sql/V2__more.sql": "\n\nCREATE INDEX CONCURRENTLY by_id ON docks (id);\n",
  "sql/V3__Three  spaces_and__more.sql": "\uFEFFINSERT INTO boats VALUES (1);\nINSERT INTO boats VALUES (2);",
  "sql/R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;",
} as const;

describe("Flyway", () => {
  it("gets the rows and checksums that it would write itself", async () => {
    await using to = await target(flyway);
    await to.apply();
    expect(
      await to.rows("SELECT version, description, checksum FROM flyway_schema_history ORDER BY installed_rank"),
    ).toEqual([
      { version: "1", description: "Create boats", checksum: -1464876151 },
      { version: "1.1", description: "docks", checksum: -464426696 },
      { version: "2", description: "more", checksum: 1662429067 },
      { version: "3", description: "Three  spaces and  more", checksum: -1903124319 },
      { version: null, description: "view", checksum: 982419503 },
    ]);
  });

  it("has a repeatable migration applied before newer ones, and again when it has changed", async () => {
    await using to = await target({
      "sql/V1__Create_boats.sql": flyway["sql/V1__Create_boats.sql"],
      "sql/R__view.sql": flyway["sql/R__view.sql"],
    });
    await to.apply();
    to.repository.write({ "sql/V2__docks.sql": "CREATE TABLE docks (id int);\n" });
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["2"]);
    to.repository.write({ "sql/R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT 2 AS one;\n" });
    expect(await to.status()).toMatchObject({ state: "pending", pending: ["R__view"], edited: [] });
    expect((await to.apply()).applied.map(({ id }) => id)).toEqual(["R__view"]);
    expect(await to.column("SELECT one FROM v")).toEqual([2]);
    expect((await to.status()).state).toBe("up-to-date");
    // Of which the schema tells nothing.
    to.repository.write({ "sql/R__view.sql": "CREATE OR REPLACE VIEW v AS SELECT 2 AS one; SELECT 1;\n" });
    expect((await to.apply()).outcome).toBe("applied");
  });
});

describe("what was applied before Headgate came, and edited since", () => {
  const [before, after] = ["CREATE TABLE boats (id int);\n", "CREATE TABLE boats (id bigint);\n"];
  it.each([
    ["Flyway", "sql/V1__boats.sql", {}],
    ["sqlx", "migrations/20260101000000_boats.sql", { "sqlx.toml": "" }],
    [
      "Prisma",
      "prisma/migrations/20260101000000_boats/migration.sql",
      {
        "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
        "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n',
      },
    ],
  ])("is known by the checksum that %s keeps", async (_, file, more: Readonly<Record<string, string>>) => {
    await using to = await target({ [file]: before, ...more });
    await to.apply();
    await to.client.query("DROP SCHEMA headgate CASCADE");
    to.repository.write({ [file]: before.replaceAll("\n", "\r\n") });
    expect((await to.status()).state).toBe("up-to-date");
    to.repository.write({ [file]: after });
    expect(await to.status()).toMatchObject({ edited: [file] });
    await expect(to.apply()).rejects.toThrow(/changed after it was applied.*--allow edited/);
  });
});
