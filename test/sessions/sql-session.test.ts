import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { workingTree } from "../../src/files/working-tree.ts";
import type { Project } from "../../src/project.ts";
import { openSqlSession } from "../../src/sessions/sql-session.ts";
import type { StepFailure } from "../../src/sessions/session.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const project = (layout: string, extra: Partial<Project> = {}): Project => ({
  name: "canal",
  tool: "sql",
  directory: ".",
  migrations: ["migrations"],
  layout,
  environment: {},
  prelude: [],
  oneWay: {},
  allowEmpty: false,
  ...extra,
});

let databases = 0;

/** A session over files written for one test, in a database of its own. */
async function open(
  layout: string,
  contents: Readonly<Record<string, string | Uint8Array>>,
  extra: Partial<Project> = {},
) {
  const root = mkdtempSync(join(tmpdir(), "headgate-sql-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, "migrations", name)), { recursive: true });
    writeFileSync(join(root, "migrations", name), content);
  }
  const name = `session_${++databases}`;
  const client = await createTestDatabase(server, name);
  onTestFinished(() => client.end());
  const session = await openSqlSession({
    files: workingTree(root),
    project: project(layout, extra),
    connection: server.connection(name),
  });
  onTestFinished(() => session[Symbol.asyncDispose]());
  const value = async (query: string): Promise<unknown> => {
    const { rows } = await client.query<unknown[]>({ text: query, rowMode: "array" });
    return rows[0]?.[0];
  };
  return { session, value, client };
}

async function failureOf(
  layout: string,
  contents: Readonly<Record<string, string | Uint8Array>>,
  id: string,
): Promise<StepFailure> {
  const { session } = await open(layout, contents);
  const outcome = await session.upgrade([id]);
  if (outcome.kind !== "failed") throw new Error("It did not fail.");
  return outcome.failure;
}

describe("a statement that PostgreSQL refuses", () => {
  it.each([
    [
      "at a position, after characters of two and four bytes",
      "-- Ærø 🚤🚤\nCREATE TABLE a (id int);\n\n-- note\nCREATE TABLE b (\n  id nosuchtype\n);\n",
      6,
      "42704",
    ],
    ["at a position, with CRLF", "CREATE TABLE a (id int);\r\n\r\nSELECT nowhere;\r\n", 3, "42703"],
    [
      "without a position",
      "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\n\n\nCREATE TABLE a (id int);\n",
      5,
      "42P07",
    ],
    [
      "inside a function",
      "CREATE TABLE a (id int);\nDO $$\nBEGIN\n  RAISE EXCEPTION 'no water';\nEND\n$$;\n",
      2,
      "P0001",
    ],
    ["because of its syntax", "CREATE TABLE a (id int);\nCREATE TABEL b (id int);\n", 2, "42601"],
  ])("is named with its line: %s", async (_, sql, line, sqlState) => {
    for (const layout of ["golang-migrate", "pairs"]) {
      const failure = await failureOf(layout, { "1_a.up.sql": sql }, layout === "pairs" ? "1_a" : "1");
      expect(failure).toMatchObject({ kind: "sql", file: "migrations/1_a.up.sql", line, sqlState });
      expect(failure.statement).toMatch(/^(CREATE|SELECT|DO)/);
    }
  });

  it("has its line in a file that is cut into parts", async () => {
    const goose = "-- +goose Up\nCREATE TABLE a (id int);\n\nCREATE TABLE b (\n  id nosuchtype\n);\n";
    expect(await failureOf("goose", { "1_a.sql": goose }, "1")).toMatchObject({ line: 5 });
    const dbmate = "-- migrate:up\nCREATE TABLE a (id int);\nSELECT nowhere;\n-- migrate:down\n";
    expect(await failureOf("dbmate", { "1_a.sql": dbmate }, "1")).toMatchObject({ line: 3 });
    const flyway = "CREATE TABLE a (id int);\n/* b\n*/\nSELECT nowhere;\n";
    expect(await failureOf("flyway", { "V1__a.sql": flyway }, "1")).toMatchObject({ line: 4 });
    const supabase = "create table a (id int);\n\n-- why\n\nselect\n  nowhere;\n";
    expect(await failureOf("supabase", { "1_a.sql": supabase }, "1")).toMatchObject({ line: 6 });
    const apart =
      "create table a (id int);\n-- why\ncreate index concurrently i on a (id);\n\nselect 1;\n-- how\n\nselect nowhere;\n";
    expect(await failureOf("supabase", { "1_a.sql": apart }, "1")).toMatchObject({ line: 8 });
  });

  it("leaves nothing of its migration where the tool puts a transaction around it", async () => {
    const { session, value } = await open("pairs", { "a.up.sql": "CREATE TABLE a (id int); SELECT 1/0;" });
    expect(await session.upgrade(["a"])).toMatchObject({ kind: "failed" });
    expect(await value("select to_regclass('a')")).toBeNull();
  });

  it("leaves golang-migrate's table dirty, as golang-migrate does", async () => {
    const { session, value } = await open("golang-migrate", { "1_a.up.sql": "SELECT 1/0;" });
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "failed" });
    expect(await value("select version || ' ' || dirty from schema_migrations")).toBe("1 true");
  });

  it("is reported when only the commit finds it", async () => {
    const sql =
      "CREATE TABLE a (id int PRIMARY KEY, other int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);\n";
    expect(await failureOf("pairs", { "a.up.sql": sql }, "a")).toMatchObject({
      sqlState: "23503",
      statement: "COMMIT",
    });
  });

  it("shows no row", async () => {
    const sql =
      "CREATE TABLE a (email text);\nINSERT INTO a VALUES ('x@y'), ('x@y');\nCREATE UNIQUE INDEX u ON a (email);\n";
    const { message } = await failureOf("pairs", { "a.up.sql": sql }, "a");
    expect(message).toBe('could not create unique index "u".');
  });

  it("names only the first of many objects that stand in the way", async () => {
    const views = Array.from({ length: 9 }, (_, index) => `CREATE VIEW v${index} AS SELECT id FROM a;`).join("\n");
    const failure = await failureOf("pairs", { "a.up.sql": `CREATE TABLE a (id int);\n${views}\nDROP TABLE a;` }, "a");
    expect(failure.message).toMatch(/view v0 depends on table a.*And 7 more\./);
    expect(failure.line).toBe(11);
  });
});

describe("a file that cannot be sent", () => {
  it.each([
    ["a NUL byte", "SELECT 1;\0", /NUL byte/],
    ["bytes that are not UTF-8", new Uint8Array([0x53, 0xff, 0x3b]), /not UTF-8/],
    ["a byte-order mark", "\uFEFFSELECT 1;", /byte-order mark/],
  ])("is named with its fault: %s", async (_, content, message) => {
    const failure = await failureOf("golang-migrate", { "1_a.up.sql": content }, "1");
    expect(failure).toMatchObject({ kind: "code", file: "migrations/1_a.up.sql" });
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain("migrations/1_a.up.sql");
  });

  it("may begin with a byte-order mark where the tool takes it off", async () => {
    const { session } = await open("flyway", { "V1__a.sql": "\uFEFFCREATE TABLE a (id int);" });
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "done" });
  });

  it("is refused where its tool refuses it, with the line", async () => {
    expect(await failureOf("goose", { "1_a.sql": "-- +goose Up\nSELECT 1\n" }, "1")).toMatchObject({
      kind: "code",
      line: 2,
    });
    expect(await failureOf("dbmate", { "1_a.sql": "-- migrate:up\nSELECT 1;\n" }, "1")).toMatchObject({ kind: "code" });
    const mixed = "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n";
    expect(await failureOf("flyway", { "V1__a.sql": mixed }, "1")).toMatchObject({ kind: "code", line: 2 });
    expect(await failureOf("flyway", { "V1__a.sql": "SELECT 1,\n ${x};" }, "1")).toMatchObject({
      kind: "code",
      line: 2,
    });
  });
});

describe("what only psql understands", () => {
  it("is called by its name: a command", async () => {
    const failure = await failureOf("golang-migrate", { "1_a.up.sql": "SELECT 1;\n\\connect canal\n" }, "1");
    expect(failure).toMatchObject({ kind: "sql", line: 2 });
    expect(failure.message).toMatch(/^\\connect is a command of psql/);
  });

  it.each(["COPY a FROM stdin;\n1\n2\n\\.\n", "COPY a FROM STDIN;"])(
    "is called by its name: rows to copy",
    async (copy) => {
      const failure = await failureOf("golang-migrate", { "1_a.up.sql": `CREATE TABLE a (id int);\n${copy}` }, "1");
      expect(failure.message).toMatch(/^COPY … FROM STDIN takes its rows from psql/);
    },
  );
});

describe("transactions", () => {
  it("warns of a migration that commits by itself inside the tool's transaction", async () => {
    const { session, value } = await open("pairs", {
      "a.up.sql": "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\nCREATE TABLE b (id int);\nSELECT 1/0;\n",
      "c.up.sql": "BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\n",
    });
    expect(await session.upgrade(["a"])).toMatchObject({ kind: "failed", failure: { line: 5 } });
    expect(await value("select to_regclass('a')")).toBe("a");
    const outcome = await session.upgrade(["c"]);
    expect(outcome).toMatchObject({ kind: "done", warnings: [expect.stringContaining("c.up.sql holds a COMMIT")] });
  });

  it("says nothing of a transaction in a file that its tool sends as it is", async () => {
    const { session } = await open("golang-migrate", { "1_a.up.sql": "BEGIN; CREATE TABLE a (id int); COMMIT;" });
    expect(await session.upgrade(["1"])).toEqual({ kind: "done", durationMs: expect.any(Number) });
  });

  it("warns of one that is left open", async () => {
    const { session, value } = await open("golang-migrate", { "1_a.up.sql": "BEGIN; CREATE TABLE a (id int);" });
    expect(await session.upgrade(["1"])).toMatchObject({ warnings: [expect.stringContaining("does not end it")] });
    expect(await value("select to_regclass('a')")).toBe("a");
  });

  it("refuses to build an index concurrently where the tool would", async () => {
    const sql = "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n";
    for (const [layout, name, id] of [
      ["golang-migrate", "1_a.up.sql", "1"],
      ["sqlx", "1_a.sql", "1"],
      ["prisma", "1_a/migration.sql", "1_a"],
    ] as const)
      expect(await failureOf(layout, { [name]: sql }, id)).toMatchObject({ sqlState: "25001", line: 2 });
    const notApart = "CREATE TABLE a (id int);\nALTER TABLE p DETACH PARTITION a CONCURRENTLY;\n";
    expect(await failureOf("supabase", { "1_a.sql": notApart }, "1")).toMatchObject({ sqlState: "25001", line: 2 });
  });

  it("sends apart what Supabase's CLI does, and the rest in transactions before and after it", async () => {
    const { session, value } = await open("supabase", {
      "1_a.sql":
        "create table a (id int);\n/* an */ create index concurrently i on a (id);\ninsert into a values (1);\ninsert into a values (1/0);\n",
      "2_b.sql": "create table b (id int);\n-- apart\nvacuum b;\nselect 1;\ndrop index concurrently if exists j;",
    });
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "failed", failure: { sqlState: "22012", line: 4 } });
    expect(await value("select indisvalid from pg_index where indexrelid = 'i'::regclass")).toBe(true);
    expect(await value("select count(*)::int from a")).toBe(0);
    expect(await session.upgrade(["2"])).toMatchObject({ kind: "done" });
    expect(await value("select statements::text from supabase_migrations.schema_migrations where version = '2'")).toBe(
      '{"create table b (id int);","-- apart\nvacuum b;","select 1;","drop index concurrently if exists j;"}',
    );
  });
});

describe("the connection", () => {
  it("is as good as new for every revision", async () => {
    const { session, value } = await open("pairs", {
      "a.up.sql":
        "SELECT set_config('search_path', '', false); SET statement_timeout = 60000; CREATE TEMP TABLE t (id int);",
      "b.up.sql":
        "CREATE TABLE b AS SELECT current_setting('statement_timeout') AS s, to_regclass('t') IS NULL AS no_t;",
      "c.up.sql": "ALTER ROLE CURRENT_USER SET work_mem = '7MB';",
      "d.up.sql": "CREATE TABLE d AS SELECT current_setting('work_mem') AS w; ALTER ROLE CURRENT_USER RESET work_mem;",
    });
    expect(await session.upgrade(["a", "b", "c", "d"])).toMatchObject({ kind: "done" });
    expect(await value("select s || no_t::text from b")).toBe("0true");
    expect(await value("select w from d")).toBe("7MB");
  });

  it.each([
    [
      "a block",
      "SELECT 1;",
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''7MB''', current_database()); END $$;",
    ],
    [
      "a function",
      "CREATE FUNCTION widen() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''7MB''', current_database()); END $$;",
      "SELECT widen();",
    ],
  ])("begins as %s has set it for new ones", async (_, before, widens) => {
    const { session, value } = await open("pairs", {
      "a.up.sql": before,
      "b.up.sql": widens,
      "c.up.sql": "CREATE TABLE c AS SELECT current_setting('work_mem') AS w;",
    });
    for (const revision of ["a", "b", "c"]) expect(await session.upgrade([revision])).toMatchObject({ kind: "done" });
    expect(await value("select w from c")).toBe("7MB");
  });

  it("stays between steps that are held, unless one of them may have changed it", async () => {
    const { session, value, client } = await open("pairs", {
      "a.up.sql":
        "CREATE FUNCTION away() RETURNS void LANGUAGE sql AS $$ SELECT set_config('work_mem', '7MB', false) $$;",
      "b.up.sql": "CREATE TABLE b (s text, pid int);",
      "c.up.sql": "INSERT INTO b VALUES (current_setting('work_mem'), pg_backend_pid());",
      "d.up.sql": "INSERT INTO b VALUES (current_setting('work_mem'), pg_backend_pid());",
      "e.up.sql": "ALTER ROLE CURRENT_USER SET work_mem = '8MB';",
    });
    const held = async (id: string, on = session) => (await on.hold?.("up", id))?.held;
    expect([await held("a"), await held("b"), await held("c"), await held("d")]).toEqual([true, true, true, true]);
    expect(await value("select string_agg(distinct s, ' ') || count(distinct pid) from b")).toBe("4MB1");
    // Somebody ends it.
    await client.query("select pg_terminate_backend(pid, 5000) from b limit 1");
    await setTimeout(200);
    expect(await session.hold?.("up", "d")).toMatchObject({ kind: "done" });
    await using beside = session.beside?.();
    expect(await beside?.hold?.("up", "d")).toMatchObject({ kind: "done" });
    await session.hold?.("up", "e");
    await client.query("truncate b");
    for (const each of [session, beside]) await each?.hold?.("up", "d");
    await client.query("alter role current_user reset work_mem");
    expect(await value("select string_agg(s, ' ') from b")).toBe("8MB 8MB");
  });

  it("is as good as new in a held step, whatever code did in the one before, and keeps nothing that others wait for", async () => {
    const { session, value } = await open("pairs", {
      "a.up.sql": "CREATE TABLE a (id serial, seen text);",
      "b.up.sql": `CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_lock(7);
        CREATE TEMP TABLE left_behind (x int);
        SET work_mem = '7MB';
        RETURN new; END $$;
        CREATE TRIGGER leave BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION leave();`,
      "c.up.sql": "INSERT INTO a DEFAULT VALUES;",
      "d.up.sql":
        "UPDATE a SET seen = concat_ws(' ', current_setting('work_mem'), to_regclass('pg_temp.left_behind'));",
      "e.up.sql": "UPDATE a SET id = lastval();",
    });
    for (const id of ["a", "b", "c"]) {
      expect(await session.hold?.("up", id)).toMatchObject({ kind: "done" });
      await session.clear?.();
    }
    expect(await value("select pg_try_advisory_lock(7) and pg_advisory_unlock(7)")).toBe(true);
    await session.hold?.("up", "d");
    await session.clear?.();
    expect(await value("select seen from a")).toBe("4MB");
    expect(await session.hold?.("up", "e")).toMatchObject({ kind: "failed", failure: { sqlState: "55000" } });
  });

  it.each([
    ["a function that sets it", "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET a.b = '1' AS 'SELECT 1';"],
    ["code that sets it", "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT set_config('a.b', '', true) $$;"],
  ])("does not know a setting that no session forgets behind %s", async (_, sql) => {
    const { session, value } = await open("pairs", {
      "a.up.sql": sql,
      "b.up.sql": "CREATE TABLE b (x int); INSERT INTO b VALUES (length(f()::text));",
      "c.up.sql": "UPDATE b SET x = (current_setting('a.b', true) IS NULL)::int;",
    });
    for (const id of ["a", "b", "c"]) {
      expect(await session.hold?.("up", id)).toMatchObject({ kind: "done" });
      await session.clear?.();
    }
    expect(await value("select x from b")).toBe(1);
  });

  it.each(["ALTER /* everybody */ ROLE CURRENT_USER RESET work_mem;", "SELECT setseed(0.5);"])(
    "is another one behind %s",
    async (sql) => {
      const { session, value } = await open("pairs", {
        "a.up.sql": "CREATE TABLE a (pid int DEFAULT pg_backend_pid());",
        "b.up.sql": `INSERT INTO a DEFAULT VALUES; ${sql}`,
        "c.up.sql": "INSERT INTO a DEFAULT VALUES;",
      });
      for (const id of ["a", "b", "c"]) expect(await session.hold?.("up", id)).toMatchObject({ kind: "done" });
      expect(await value("select count(distinct pid)::int from a")).toBe(2);
    },
  );

  it("is given up where it cannot be made as good as new", async () => {
    const { session, value } = await open(
      "flyway",
      {
        "flyway.conf": "flyway.schemas=canal\n",
        "V1__a.sql": `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
          CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION refuse();`,
      },
      { configFile: "migrations/flyway.conf" },
    );
    expect(await session.hold?.("up", "1")).toMatchObject({ kind: "done" });
    await session.clear?.();
    const others =
      "select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    await expect.poll(() => value(others)).toBe(0);
  });

  it("begins as a trigger at login, which somebody made, has it", async () => {
    const { session, value } = await open("pairs", {
      "a.up.sql": `CREATE FUNCTION hello() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN SET work_mem = '7MB'; END $$;
        CREATE EVENT TRIGGER hello ON login EXECUTE FUNCTION hello();`,
      "b.up.sql": "CREATE TABLE b (w text DEFAULT current_setting('work_mem'));",
      "c.up.sql": "INSERT INTO b DEFAULT VALUES;",
      "d.up.sql": "DROP EVENT TRIGGER hello;",
    });
    for (const id of ["a", "b", "c", "d"]) expect(await session.hold?.("up", id)).toMatchObject({ kind: "done" });
    expect(await value("select w from b")).toBe("7MB");
  });

  it.each(["SELECT away();", "DO $$ BEGIN PERFORM away(); END $$;"])("is not held behind code: %s", async (sql) => {
    const { session, client } = await open("pairs", { "a.up.sql": sql });
    await client.query(
      "create function away() returns void language sql as $$ select set_config('work_mem', '7MB', false) $$",
    );
    expect(await session.hold?.("up", "a")).toMatchObject({ kind: "done", held: false });
  });

  it.each(["golang-migrate", "sqlx", "diesel"])(
    "finds what it applied no more in another search_path: %s",
    async (layout) => {
      const files = (id: string, up: string) =>
        layout === "diesel"
          ? { [`${id}_x/up.sql`]: up, [`${id}_x/down.sql`]: "SELECT 1;" }
          : { [`${id}_x.up.sql`]: up };
      const { session } = await open(layout, {
        ...files("1", "CREATE SCHEMA quay;"),
        ...files(
          "2",
          "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = quay, public', current_database()); END $$;",
        ),
        ...files("3", "CREATE TABLE boats (id int);"),
      });
      expect(await session.upgrade(["1", "2"])).toMatchObject({ kind: "done" });
      expect(await session.upgrade(["3"])).toMatchObject({
        failure: { message: expect.stringContaining("That was `public`, and connections that begin now have `quay`") },
      });
    },
  );

  it("finds it in another search_path where its name says the schema: supabase", async () => {
    const { session } = await open("supabase", {
      "1_x.sql": "CREATE SCHEMA quay;",
      "2_x.sql":
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = quay, public', current_database()); END $$;",
      "3_x.sql": "CREATE TABLE boats (id int);",
    });
    expect(await session.upgrade(["1", "2"])).toMatchObject({ kind: "done" });
    expect(await session.upgrade(["3"])).toMatchObject({ kind: "done" });
  });

  it("keeps what the version table says where it cannot be told all of it", async () => {
    const { session, value } = await open("golang-migrate", {
      "1_a.up.sql": `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON schema_migrations FOR EACH ROW WHEN (new.version = 2) EXECUTE FUNCTION refuse();`,
      "2_b.up.sql": "SELECT 1;",
    });
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "done" });
    expect(await session.upgrade(["2"])).toMatchObject({ kind: "failed" });
    expect(await value("select version::int from schema_migrations")).toBe(1);
  });

  it("keeps the version table that migrations have a trigger on", async () => {
    const { session, value } = await open("goose", {
      "1_a.sql":
        "-- +goose Up\nCREATE TABLE log (v bigint);\n-- +goose StatementBegin\nCREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.version_id); RETURN NEW; END $$;\n-- +goose StatementEnd\nCREATE TRIGGER note AFTER INSERT ON goose_db_version FOR EACH ROW EXECUTE FUNCTION note();\n",
      "2_b.sql": "-- +goose Up\nSELECT 1;\n",
    });
    expect(await session.upgrade(["1", "2"])).toMatchObject({ kind: "done" });
    expect(await value("select string_agg(v::text, ' ' order by v) from log")).toBe("1 2");
  });

  it("is closed by release, and opened again by the next step", async () => {
    const { session, value } = await open("pairs", { "a.up.sql": "SELECT 1;", "b.up.sql": "SELECT 1;" });
    const others =
      "select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    await session.upgrade(["a"]);
    expect(await value(others)).toBe(1);
    await session.release();
    await expect.poll(() => value(others)).toBe(0);
    expect(await session.upgrade(["b"])).toMatchObject({ kind: "done" });
  });

  it("is ended by kill, on the server too", async () => {
    const { session, value } = await open("pairs", { "a.up.sql": "CREATE TABLE a (id int); SELECT pg_sleep(60);" });
    const running =
      "select count(*)::int from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid() and state = 'active'";
    const step = session.upgrade(["a"]);
    await expect.poll(() => value(running)).toBe(1);
    session.kill();
    expect(await step).toMatchObject({ kind: "failed", failure: { kind: "died", revision: "a" } });
    await expect.poll(() => value(running)).toBe(0);
    expect(await value("select to_regclass('a')")).toBeNull();
  });
});

it("gives COPY its rows from the file where the tool does", async () => {
  const { session, value } = await open("flyway", {
    "V1__a.sql":
      "CREATE TABLE a (id int, name text);\nCOPY a (id, name) FROM stdin;\n1\tFoxton; 'x'\n2\t\\N\n\\.\n\nSELECT nowhere;\n",
    "V2__b.sql":
      "CREATE TABLE b (id int);\nCOPY b FROM STDIN;\n7\n8\n\\.\nCOPY b FROM STDIN;\n9\n\\.\nINSERT INTO b VALUES (1);\n",
  });
  expect(await session.upgrade(["1"])).toMatchObject({ kind: "failed", failure: { sqlState: "42703", line: 7 } });
  expect(await session.upgrade(["2"])).toMatchObject({ kind: "done" });
  expect(await value("select string_agg(id::text, ' ' order by id) from b")).toBe("1 7 8 9");
});

describe("Flyway's configuration", () => {
  it("gives the schema and the placeholders", async () => {
    const configuration = '[flyway]\ndefaultSchema = "canal"\n[flyway.placeholders]\nTable_Name = "boats"\n';
    const { session, value } = await open(
      "flyway",
      { "flyway.toml": configuration, "V1__a.sql": "CREATE TABLE ${table_name} (id int);" },
      { configFile: "migrations/flyway.toml" },
    );
    await session.prepare();
    expect(await value("select to_regclass('canal.flyway_schema_history')::text")).toBe("canal.flyway_schema_history");
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "done" });
    expect(await value("select to_regclass('canal.boats')::text")).toBe("canal.boats");
  });

  it.each([
    [
      "application.properties",
      "# Spring\nspring.flyway.schemas = ${CANAL:canal}, docks\nspring.flyway.placeholders.Table_Name=boats\nspring.flyway.default-schema=${UNSET}\n",
    ],
    [
      "application.yml",
      "spring:\n  flyway:\n    schemas: [canal, docks]\n    placeholders: { Table_Name: boats }\n---\nspring: { config.activate.on-profile: test, flyway: { schemas: other } }\n",
    ],
  ])("may be Spring Boot's: %s", async (name, configuration) => {
    const { session, value } = await open(
      "flyway",
      { [name]: configuration, "V1__a.sql": "CREATE TABLE ${table_name} (id int);" },
      { configFile: `migrations/${name}` },
    );
    await session.prepare();
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "done" });
    expect(await value("select to_regclass('canal.boats')::text")).toBe("canal.boats");
    expect(await value("select to_regnamespace('docks')::text || coalesce(to_regnamespace('other')::text, '')")).toBe(
      "docks",
    );
  });

  it("may come from its environment variables", async () => {
    const environment = { FLYWAY_DEFAULT_SCHEMA: "canal", FLYWAY_PLACEHOLDERS_TABLE_NAME: "boats" };
    const { session, value } = await open(
      "flyway",
      { "V1__a.sql": "CREATE TABLE ${table_name} (id int);" },
      { environment },
    );
    expect(await session.upgrade(["1"])).toMatchObject({ kind: "done" });
    expect(await value("select to_regclass('canal.boats')::text")).toBe("canal.boats");
  });

  it("may take a file out of its transaction", async () => {
    const { session } = await open("flyway", {
      "V1__a.sql": "CREATE TABLE a (id int);",
      "V2__b.sql": "VACUUM a;",
      "V3__c.sql": "SELECT 1;",
      "V3__c.sql.conf": "executeInTransaction=false\n",
    });
    expect(await session.upgrade(["1", "2", "3"])).toMatchObject({ kind: "done" });
  });
});

describe("the version table", () => {
  it("is written by stamp without running anything", async () => {
    const { session, value } = await open("dbmate", {
      "1_a.sql": "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n",
    });
    await session.stamp(["1"]);
    expect(await value("select version from schema_migrations")).toBe("1");
    expect(await value("select to_regclass('a')")).toBeNull();
  });

  it("goes back with golang-migrate where there is no way back, because golang-migrate runs nothing then", async () => {
    const { session, value } = await open("golang-migrate", { "1_a.up.sql": "SELECT 1;", "7_b.up.sql": "SELECT 1;" });
    await session.upgrade(["1", "7"]);
    expect(await session.downgrade(["7"])).toMatchObject({ kind: "done" });
    expect(await value("select version from schema_migrations")).toBe("1");
    expect(await session.downgrade(["1"])).toMatchObject({ kind: "done" });
    expect(await value("select count(*)::int from schema_migrations")).toBe(0);
  });
});

it("sends a file of 50 MB and finds the line of a fault at its end", async () => {
  const rows = "INSERT INTO a VALUES (1);\n".repeat(200_000);
  const padding = `-- ${"x".repeat(1_000)}\n`.repeat(45_000);
  const sql = `CREATE TABLE a (id int);\n${rows}${padding}INSERT INTO nowhere VALUES (1);\n`;
  expect(sql.length).toBeGreaterThan(50_000_000);
  const failure = await failureOf("golang-migrate", { "1_a.up.sql": sql }, "1");
  expect(failure).toMatchObject({ sqlState: "42P01", line: 245_002, statement: "INSERT INTO nowhere VALUES (1);" });
});

/** All the way up, down and up again. */
const example = async (name: string) => {
  const root = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  await using client = await createTestDatabase(server, `example_${name.replace("-", "_")}`);
  const connection = server.connection(client.database ?? "");
  await using session = await openSqlSession({
    files: workingTree(root),
    project: project("golang-migrate"),
    connection,
  });
  const ids = (await session.history()).revisions.map(({ id }) => id);
  expect(ids).toEqual(["1", "2", "3", "10"]);
  expect(await session.upgrade(ids)).toMatchObject({ kind: "done" });
  expect(await session.downgrade(ids.toReversed())).toMatchObject({ kind: "done" });
  // Awaited here: the session and the database end with this scope.
  return await session.upgrade(ids);
};

describe("the examples", () => {
  it("goes up, down and up again", async () => {
    expect(await example("sql")).toMatchObject({ kind: "done" });
  });

  it("has a fault that shows the second time", async () => {
    expect(await example("sql-fault")).toMatchObject({
      kind: "failed",
      failure: { revision: "2", sqlState: "42710", file: "migrations/000002_create_boats.up.sql", line: 1 },
    });
  });
});
