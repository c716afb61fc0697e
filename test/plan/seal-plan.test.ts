import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makePlan, planDigest, type PlanInput } from "../../src/plan/seal-plan.ts";
import { withTold } from "../../src/plan/told-sessions.ts";
import { fingerprint } from "../../src/sql/fingerprint.ts";
import { loadParser } from "../../src/sql/parser.ts";
import type { Catalog, CatalogObject } from "../../src/catalog/catalog.ts";
import type { StatementReport } from "../../src/verdict.ts";
import { statementReport } from "../support/statement-report.ts";
import { headgate } from "../support/cli.ts";
import { testRepository } from "../support/repository.ts";

await loadParser();

const statement = (sql: string, more: Partial<StatementReport> = {}) =>
  statementReport(sql, { fingerprint: fingerprint(sql), ...more });

const catalog = (...tables: readonly string[]): Catalog => ({
  objects: new Map(tables.map((name) => [`table ${name}`, { kind: "table", name, attributes: { owner: "postgres" } }])),
});

const input = (...statements: readonly StatementReport[]): PlanInput => ({
  project: "locks",
  tool: "alembic",
  toolVersion: "1.20.1",
  serverMajor: 18,
  account: "postgres",
  start: catalog(),
  end: catalog("public.boats"),
  revisions: [
    {
      id: "a1",
      files: [{ path: "a1.py", bytes: new Uint8Array([1]) }],
      imports: [],
      statements: withTold(statements),
      catalog: catalog("public.boats"),
    },
  ],
});

const digest = (...statements: readonly StatementReport[]) => planDigest(makePlan(input(...statements)));
const create = statement("CREATE TABLE boats (kind text DEFAULT 'barge')");
const setting = (sql: string, more: Partial<StatementReport> = {}) => statement(sql, { role: "setting", ...more });
const path = setting("SET search_path = canal");

describe("planDigest", () => {
  it("does not change with the order in which a catalog was read", () => {
    const of = (end: Catalog) => planDigest(makePlan({ ...input(create), end }));
    expect(of(catalog("public.boats", "public.gates"))).toBe(of(catalog("public.gates", "public.boats")));
    expect(of(catalog("public.boats"))).not.toBe(of(catalog("public.gates")));
  });

  it("does not change with a role's password, which comes from elsewhere and whose hash is nobody's to guess at", () => {
    const role = (text: string) => digest(statement(text));
    expect(role("CREATE ROLE harbour LOGIN PASSWORD 'low tide'")).toBe(
      role("CREATE ROLE harbour LOGIN PASSWORD E'high \\'tide'"),
    );
    expect(role("CREATE ROLE harbour LOGIN PASSWORD 'x'")).not.toBe(role("CREATE ROLE harbour SUPERUSER PASSWORD 'x'"));
    const view = (text: string) => role(`CREATE VIEW a AS SELECT FROM b WHERE password = ${text}`);
    expect(view("'x'")).not.toBe(view("'y'"));
  });

  it.each([
    (word: string) => `DO $$ BEGIN CREATE ROLE harbour PASSWORD '${word}'; END $$`,
    (word: string) => `DO $$ BEGIN EXECUTE format('ALTER ROLE harbour PASSWORD %L', '${word}'); END $$`,
    (word: string) => `CREATE USER MAPPING FOR harbour SERVER pier OPTIONS (user 'harbour', password '${word}')`,
    (word: string) => `CREATE SUBSCRIPTION tides CONNECTION 'host=pier password=${word}' PUBLICATION tides`,
  ])("does not change with a password in %s", (sql) => {
    expect(digest(statement(sql("ebb")))).toBe(digest(statement(sql("flow"))));
  });

  it("does not change with a password that the catalog holds", () => {
    const ends = (attributes: CatalogObject["attributes"]) =>
      planDigest(makePlan({ ...input(), end: { objects: new Map([["a", { kind: "a", name: "a", attributes }]]) } }));
    const routine = (word: string) => ends({ source: `BEGIN ALTER ROLE harbour PASSWORD '${word}'; END` });
    expect(routine("ebb")).toBe(routine("flow"));
    const mapping = (letter: string) => ends({ options: `user=harbour, password=md5:${letter.repeat(32)}` });
    expect(mapping("a")).toBe(mapping("b"));
    expect(ends({ source: "BEGIN" })).not.toBe(ends({ source: "END" }));
  });

  it.each([
    ["a literal in DDL", [statement("CREATE TABLE boats (kind text DEFAULT 'dinghy')")]],
    ["another column", [statement("CREATE TABLE boats (kind text DEFAULT 'barge', id int)")]],
    ["a statement more", [create, statement("INSERT INTO boats VALUES ('barge')")]],
    ["the end of the transaction", [{ ...create, transactional: false }]],
    ["a setting", [path, create]],
    ["text that PostgreSQL cannot parse", [{ ...statement("SELECT 1"), sql: "\\copy x" }]],
  ])("changes with %s", (_, statements) => expect(digest(...statements)).not.toBe(digest(create)));

  it.each([
    ["how long it took", [{ ...create, durationMs: 99 }]],
    ["session noise", [statement("SHOW server_version", { role: "session" }), create]],
    ["bookkeeping", [create, statement("UPDATE alembic_version SET version_num = 'a1'", { role: "bookkeeping" })]],
    ["a setting of the tool's, which may be a tenant's", [setting(path.sql, { role: "session" }), create]],
    ["a setting that ended with another transaction", [setting("SET LOCAL role = 'x'", { transaction: 2 }), create]],
    ["a setting of another connection", [setting("SET role = 'x'", { connection: 2 }), create]],
    ["a setting behind it", [create, path]],
    ["a comment before it", [{ ...create, sql: `-- boats first\n${create.sql}` }]],
  ])("does not change with %s", (_, statements) => expect(digest(...statements)).toBe(digest(create)));

  it("changes with the value of a setting, also where it is bound", () => {
    expect(digest(path, create)).not.toBe(digest(setting("SET search_path = lock"), create));
    const bound = (values: string) => digest(setting("SELECT set_config($1, $2, false)", { values }), create);
    expect(bound("a")).not.toBe(bound("b"));
    expect(bound("a")).toBe(bound("a"));
  });

  it("does not change with a value that a driver wrote into the text of an INSERT", () => {
    const insert = (value: string) => digest(statement(`INSERT INTO boats VALUES ('${value}')`));
    expect(insert("barge")).toBe(insert("dinghy"));
    expect(insert("barge")).not.toBe(digest(statement("INSERT INTO docks VALUES ('barge')")));
  });

  it("changes with a file, the server's major, the tool and the catalog on either side", () => {
    const plain = planDigest(makePlan(input(create)));
    const revision = input(create).revisions[0] as PlanInput["revisions"][number];
    for (const change of [
      { revisions: [{ ...revision, files: [{ path: "a1.py", bytes: new Uint8Array([2]) }] }] },
      { revisions: [{ ...revision, imports: [{ path: "yard.py", bytes: new Uint8Array([1]) }] }] },
      { serverMajor: 17 },
      { toolVersion: "1.13.3" },
      { start: catalog("public.locks") },
      { end: catalog("public.boats", "public.locks") },
    ])
      expect(planDigest(makePlan({ ...input(create), ...change }))).not.toBe(plain);
  });
});

describe("headgate plan", () => {
  const tree = {
    "migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY, built timestamptz DEFAULT now());\n",
    "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
  };

  it("gives the same plan in another directory, time zone and locale", async () => {
    using here = testRepository(tree);
    using there = testRepository(tree);
    const args = ["plan", "--engine", "embedded"];
    const first = await headgate(args, { cwd: here.root, env: { TZ: "Pacific/Auckland", LC_ALL: "C" } });
    const second = await headgate(args, { cwd: there.root, env: { TZ: "America/Lima", PGTZ: "Asia/Tokyo" } });
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(first.stdout).plans).toHaveLength(1);
    expect(second.stdout).toBe(first.stdout);
  });

  it.skipIf(process.platform !== "linux")("is laid out in lines on a terminal, and says the same there", async () => {
    using repository = testRepository(tree);
    const args = ["plan", "--engine", "embedded", "--quiet"];
    const piped = await headgate(args, { cwd: repository.root });
    const command = [process.execPath, join(import.meta.dirname, "../../src/cli.ts"), ...args]
      .map((word) => `'${word}'`)
      .join(" ");
    const shown = execFileSync("script", ["-qec", command, "/dev/null"], { cwd: repository.root, encoding: "utf8" });
    expect(shown).toMatch(/^\{\r\n {2}"schemaVersion": 2,\r\n/);
    expect(JSON.parse(shown)).toEqual(JSON.parse(piped.stdout));
  });

  it("gives none, and says so, when a revision cannot be applied", async () => {
    using repository = testRepository({ ...tree, "migrations/1_boats.up.sql": "CREATE TABL;" });
    const { exitCode, stdout, stderr } = await headgate(["plan", "--engine", "embedded"], { cwd: repository.root });
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([1, { verdict: "failed", projects: [] }]);
    expect(stderr).toContain("there is no plan");
  });
});
