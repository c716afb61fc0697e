import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lint } from "../src/lint.ts";
import type { LintVerdict } from "../src/lint-verdict.ts";
import { testRepository } from "./support/repository.ts";

const cli = join(import.meta.dirname, "../src/cli.ts");

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function empty(): string {
  const directory = mkdtempSync(join(tmpdir(), "headgate-lint-"));
  directories.push(directory);
  return directory;
}

function project(files: Readonly<Record<string, string>>): string {
  const directory = empty();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  execFileSync("git", ["init", "-q"], { cwd: directory });
  return directory;
}

function run(directory: string, args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "lint", ...args], {
    cwd: directory,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

const ids = async (...texts: readonly string[]) =>
  (
    await lint({
      loose: texts.map((text, index) => ({ path: `${index + 1}.sql`, text })),
      settings: { lock_timeout: "2s" },
    })
  ).findings
    // The tables of these tests have nothing but their key to index.
    .filter(({ ruleId }) => ruleId !== "redundant-index")
    .map(({ ruleId, file, line }) => `${file}:${line} ${ruleId}`);

describe("context", () => {
  it("knows a table that the same migration creates, also outside a transaction", async () => {
    const table = "create table boats (id bigint primary key, name text);";
    expect(await ids(`${table} create index on boats (name);`)).toEqual([]);
    expect(await ids(`begin; ${table} commit; create index on boats (name);`)).toEqual([]);
    expect(await ids(table, "create index on boats (name);")).toEqual(["2.sql:1 create-index-blocking"]);
  });

  it("knows a column that is there, so that ADD COLUMN IF NOT EXISTS adds none", async () => {
    const add = "alter table boats add column if not exists mark uuid default gen_random_uuid();";
    const table = "create table boats (id bigint primary key, mark uuid);";
    const nothing = ["2.sql:1 add-column-if-not-exists"];
    const added = [...nothing, "2.sql:1 add-column-volatile-default"];
    expect(await ids(table, add)).toEqual(nothing);
    expect(await ids(`${table} alter table boats drop column mark;`, add)).toEqual(added);
    // A table that was there before need not have it, and what may not have run added nothing for certain.
    expect(await ids(table.replace("table", "table if not exists"), add)).toEqual(expect.arrayContaining(added));
    const without = "create table boats (id bigint primary key);";
    const maybe = "do $$ begin if current_user = 'a' then alter table boats add column mark uuid; end if; end $$;";
    expect(await ids(`${without} ${maybe}`, add)).toEqual(added);
  });

  it("sees a transaction that a message begins and leaves open", () => {
    const said = (end: string) =>
      run(project({ "migrations/000001_a.up.sql": `SELECT 1;\nBEGIN;\nSELECT 2;\n${end}` }), []).stdout;
    expect(said("")).toContain("begin-without-commit  1 ↑\n    migrations/000001_a.up.sql:2:1");
    expect(said("COMMIT;\n")).not.toContain("begin-without-commit");
    const ended = { "db/1-a.sql": "-- +migrate Up\nCOMMIT;\nVACUUM;\nBEGIN;\nSELECT 1;\n" };
    expect(run(project(ended), []).stdout).not.toContain("begin-without-commit");
  });

  it("knows which versions of PostgreSQL vacuum the tables that inherit", async () => {
    const tables =
      "CREATE TABLE boats (id bigint PRIMARY KEY); CREATE TABLE barges (PRIMARY KEY (id)) INHERITS (boats);";
    const rewritten = async (major: number, sql: string) =>
      (
        await lint({
          loose: [tables, sql].map((text, index) => ({ path: `${index + 1}.sql`, text })),
          majors: [major],
          settings: { lock_timeout: "2s" },
        })
      ).findings.flatMap(({ ruleId, relation }) => (ruleId === "cluster-vacuum-full" ? [relation] : []));
    expect(await rewritten(17, "VACUUM FULL boats;")).toEqual(["public.boats"]);
    expect(await rewritten(17, "VACUUM FULL barges;")).toEqual(["public.barges"]);
    expect(await rewritten(18, "VACUUM FULL boats;")).toEqual(["public.boats", "public.barges"]);
  });

  it("takes IF NOT EXISTS for no proof that a table is new", async () => {
    expect(await ids("create table if not exists boats (id bigint primary key);\ncreate index on boats (id);")).toEqual(
      ["1.sql:1 create-table-if-not-exists", "1.sql:2 create-index-blocking"],
    );
  });

  it("forgets what a savepoint took back", async () => {
    const sql = (end: string) =>
      `begin;\nsavepoint a;\ncreate table boats (id bigint primary key);\n${end} a;\ncreate index on boats (id);\ncommit;`;
    expect(await ids(sql("rollback to"))).toEqual(["1.sql:5 create-index-blocking"]);
    expect(await ids(sql("release"))).toEqual([]);
    // The transaction that a savepoint needs is the one around the file.
    const within = (end: string) => sql(end).replace("begin;", "").replace("commit;", "");
    expect(await ids(within("rollback to"))).toEqual(["1.sql:5 create-index-blocking"]);
    expect(await ids(within("release"))).toEqual([]);
  });

  it("forgets what a rolled-back transaction did", async () => {
    expect(
      await ids("begin;\ncreate table boats (id bigint primary key);\nrollback;\ncreate index on boats (id);"),
    ).toEqual(["1.sql:4 create-index-blocking"]);
  });

  it("finds relations along search_path", async () => {
    const first =
      "create schema harbour; create table harbour.boats (id bigint primary key, name varchar(10)); create table boats (id bigint primary key, name varchar(40));";
    expect(await ids(first, "set local search_path = harbour; alter table boats alter name type varchar(20);")).toEqual(
      [],
    );
    expect(await ids(first, "alter table boats alter name type varchar(20);")).toEqual([
      "2.sql:1 alter-column-type-rewrite",
      "2.sql:1 existing-rows-may-fail",
    ]);
  });

  it("has in effect what a function sets for itself, while it runs", async () => {
    const first =
      "create schema harbour; create table harbour.boats (id bigint primary key, name varchar(10)); create table boats (id bigint primary key, name text);";
    const calling = async (clauses: string, body: string, then = "") => {
      const text = `create function f() returns void language plpgsql ${clauses} as $$ begin ${body}; end $$;\nselect f();\n${then}`;
      const { findings } = await lint({
        loose: [
          { path: "1.sql", text: first },
          { path: "2.sql", text },
        ],
      });
      return findings.filter(({ file }) => file === "2.sql").map(({ ruleId, line }) => `${line} ${ruleId}`);
    };
    const addition = "alter table boats add a int";
    expect(await calling("", addition)).toEqual(["2 missing-lock-timeout"]);
    expect(await calling("set lock_timeout = '1s'", addition)).toEqual([]);
    expect(await calling("set lock_timeout = '1s'", "perform 1", `${addition};`)).toEqual(["3 missing-lock-timeout"]);
    expect(await calling("set lock_timeout = '1s'", `set local lock_timeout = 0; ${addition}`)).toContain(
      "2 missing-lock-timeout",
    );
    const longer = "alter table boats alter name type varchar(20)";
    expect(await calling("set search_path = harbour set lock_timeout = '1s'", longer)).toEqual([]);
    expect(await calling("set lock_timeout = '1s'", longer)).toContain("2 alter-column-type-rewrite");
  });

  it("has in effect what SET LOCAL set, until the transaction ends", async () => {
    const judged = await lint({
      loose: [
        { path: "1.sql", text: "create table boats (id bigint primary key);" },
        {
          path: "2.sql",
          text: "begin;\nset local lock_timeout = '1s';\nalter table boats add a int;\ncommit;\nalter table boats add b int;",
        },
      ],
    });
    expect(judged.findings.map(({ ruleId, line }) => `${line} ${ruleId}`)).toEqual(["5 missing-lock-timeout"]);
  });
});

describe("names that strangers chose", () => {
  it.each(["we(ird", "$&$1[", "b.c\\\\", "]])+?{9}"])("are text and nothing else: %s", async (name) => {
    const table = `CREATE TABLE "${name}" (id int PRIMARY KEY) PARTITION BY RANGE (id);`;
    expect(
      await ids(table, `CREATE INDEX i ON "${name}" (id);`, `ALTER TABLE "${name}" RENAME id TO "${name}";`),
    ).toEqual(expect.arrayContaining(["2.sql:1 create-index-partitioned-parent", "3.sql:1 rename-column"]));
  });
});

describe("what cannot be read", () => {
  it("is a finding, is counted, and hides nothing else", async () => {
    const verdict = await lint({
      loose: [{ path: "1.sql", text: "select 1;\nselec 2;\ncreate index on boats (id);" }],
      settings: { lock_timeout: "2s" },
    });
    expect(verdict.findings.map(({ ruleId, line }) => `${line} ${ruleId}`)).toEqual([
      "2 unparsed-statement",
      "3 create-index-blocking",
    ]);
    expect(verdict.coverage).toMatchObject({ files: 1, judged: 2, unread: 1 });
    expect(verdict.verdict).toBe("failed");
  });

  it.each(["{{ .Table }}", "{% raw table %}", "<%= table %>", "${schema}.boats"])(
    "is said once for a template such as %s, and every statement is counted",
    async (tag) => {
      const text = `alter table ${tag} add a int;\nselec '{{ a }}' 2;\nselec 3;\ncreate index on boats (${tag});\ncreate index on boats (id);`;
      const verdict = await lint({ loose: [{ path: "1.sql", text }], settings: { lock_timeout: "2s" } });
      expect(verdict.findings.map(({ ruleId, line, title }) => `${line} ${ruleId}: ${title}`)).toEqual([
        "1 unparsed-statement: A template cannot be read",
        "3 unparsed-statement: A statement cannot be read",
        "5 create-index-blocking: Building an index blocks writes",
      ]);
      expect(verdict.findings[0]?.message).toContain("3 of its statements hold");
      expect(verdict.coverage).toMatchObject({ judged: 1, unread: 4 });
      expect(verdict.verdict).toBe("failed");
    },
  );
});

describe("allowances", () => {
  const table = "create table boats (id bigint primary key);";
  it("let one statement pass, with a reason", async () => {
    expect(
      await ids(
        table,
        "-- headgate: allow create-index-blocking: it is small\ncreate index on boats (id);\ncreate index on boats (id);",
      ),
    ).toEqual(["2.sql:3 create-index-blocking"]);
  });

  it("need a reason and a rule that exists, and are reported when they allow nothing", async () => {
    expect(await ids(table, "-- headgate: allow create-index-blocking\ncreate index on boats (id);")).toEqual([
      "2.sql:1 invalid-allowance",
      "2.sql:2 create-index-blocking",
    ]);
    expect(await ids(table, "-- headgate: allow create-idx: it is small\nselect 1;")).toEqual([
      "2.sql:1 invalid-allowance",
    ]);
    expect(await ids(table, "-- headgate: allow create-index-blocking: it is small\nselect 1;")).toEqual([
      "2.sql:1 unused-allowance",
    ]);
  });
});

describe("headgate lint", () => {
  it("says that a file is not there", () => {
    expect(run(project({}), ["nowhere.sql"])).toMatchObject({
      status: 2,
      stderr: "headgate: There is no file nowhere.sql. Name files that exist, or - for standard input.\n",
    });
  });

  it("judges a detected project in both directions, on the schema of earlier migrations", () => {
    const directory = project({
      "migrations/000001_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY, name text);\n",
      "migrations/000001_boats.down.sql": "DROP TABLE boats;\n",
      "migrations/000002_name.up.sql": "ALTER TABLE boats ADD COLUMN plate text;\n",
      "migrations/000002_name.down.sql": "CREATE INDEX boats_plate ON boats (plate);\n",
    });
    const { status, stdout } = run(directory, ["--format", "json", "--set", "lock_timeout=2s"]);
    const verdict = JSON.parse(stdout);
    expect(
      verdict.findings.map(({ ruleId, file, line, direction, revision }: Record<string, unknown>) => ({
        ruleId,
        file,
        line,
        direction,
        revision,
      })),
    ).toEqual([
      {
        ruleId: "create-index-blocking",
        file: "migrations/000002_name.down.sql",
        line: 1,
        direction: "down",
        revision: "2",
      },
    ]);
    expect(verdict.coverage).toEqual({
      files: 4,
      judged: 4,
      unread: 0,
      opaque: 0,
      allowed: [],
      off: [],
      skipped: [],
    });
    expect(status).toBe(1);
  });

  it("names the migrations that are programs, and knows that it does not know what they make", () => {
    const directory = project({
      "migrations/00001_boats.sql": "-- +goose Up\nCREATE TABLE boats (id bigint PRIMARY KEY);\n",
      "migrations/00002_lamps.go": "package migrations\n",
      "migrations/00003_lamps.sql": "-- +goose Up\nDROP TABLE IF EXISTS lamps;\n",
    });
    const { coverage, findings } = JSON.parse(run(directory, ["--format", "json"]).stdout);
    expect(coverage.skipped).toEqual([
      {
        name: "app",
        reason:
          "migrations/00002_lamps.go is not run here: it is a Go migration, which only a program built with it can run",
      },
    ]);
    expect(findings).toContainEqual(
      expect.objectContaining({ ruleId: "drop-table", file: "migrations/00003_lamps.sql" }),
    );
  });

  it("takes what is new against a base as one change", () => {
    using repository = testRepository({
      "migrations/000001_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY);\n",
      "migrations/000001_boats.down.sql": "DROP TABLE boats;\n",
    });
    repository.branch({
      "migrations/000002_lamps.up.sql": "CREATE TABLE lamps (id bigint PRIMARY KEY, watts int);\n",
      "migrations/000003_watts.up.sql": "CREATE INDEX lamps_watts ON lamps (watts);\n",
      "migrations/000004_boats.up.sql": "CREATE INDEX boats_twice ON boats (id, id);\n",
    });
    const of = (more: readonly string[]): readonly string[] =>
      (JSON.parse(run(repository.root, ["--format", "json", ...more]).stdout).findings as Record<string, unknown>[])
        .filter(({ ruleId }) => ruleId === "create-index-blocking")
        .map(({ file }) => String(file));
    expect(of(["--base", "main"])).toEqual(["migrations/000004_boats.up.sql"]);
    expect(of([])).toHaveLength(2);
  });

  it.each(["migrations/", ""])("judges one file of a project in ./%s, and reads the others", (folder) => {
    const directory = project({
      [`${folder}000001_boats.up.sql`]: "CREATE TABLE boats (id bigint PRIMARY KEY, name varchar(10));\n",
      [`${folder}000001_boats.down.sql`]: "DROP TABLE boats;\n",
      [`${folder}000002_name.up.sql`]: "ALTER TABLE boats ALTER name TYPE varchar(20);\n",
      [`${folder}000002_name.down.sql`]: "ALTER TABLE boats ALTER name TYPE varchar(10);\n",
    });
    const { status, stdout } = run(directory, [
      "--format",
      "json",
      "--set",
      "lock_timeout=2s",
      `${folder}000002_name.up.sql`,
    ]);
    const { findings } = JSON.parse(stdout);
    expect(findings.map(({ ruleId, direction }: Record<string, unknown>) => `${direction} ${ruleId}`)).toEqual([
      "down alter-column-type-rewrite",
      "down existing-rows-may-fail",
    ]);
    expect(status).toBe(1);
  });

  it("judges a file that lies beside the migrations of a project by itself", () => {
    const directory = project({
      "migrations/000001_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY);\n",
      "migrations/000001_boats.down.sql": "DROP TABLE boats;\n",
      "migrations/notes.sql": "CREATE INDEX boats_name ON boats (name);\n",
    });
    const { status, stdout } = run(directory, ["--format", "json", "--set", "lock_timeout=2s", "migrations/notes.sql"]);
    expect(JSON.parse(stdout).findings.map(({ ruleId }: Record<string, unknown>) => ruleId)).toEqual([
      "create-index-blocking",
    ]);
    expect(status).toBe(1);
  });

  it("reads one folder a version as one history, in the order of their numbers", () => {
    const directory = project({
      "db/2/01_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY, name varchar(10));\n",
      "db/10/01_name.up.sql": "ALTER TABLE boats ALTER name TYPE varchar(20);\n",
      "db/11/01_name.up.sql": "ALTER TABLE boats ALTER name TYPE varchar(15);\n",
      "db/old/01_name.up.sql": "ALTER TABLE boats ALTER name TYPE varchar(25);\n",
    });
    const of = (...files: readonly string[]): readonly string[] =>
      (
        JSON.parse(run(directory, ["--format", "json", "--set", "lock_timeout=2s", ...files]).stdout)
          .findings as Record<string, unknown>[]
      )
        .filter(({ ruleId }) => ruleId === "alter-column-type-rewrite")
        .map(({ file, message }) => `${file}: ${/from .* to \S*/.exec(String(message))?.[0]}`);
    expect(of("db/10/01_name.up.sql")).toEqual([]);
    expect(of("db/11/01_name.up.sql")).toEqual([expect.stringContaining("from varchar(20) to varchar(15)")]);
    expect(of()).toEqual([
      expect.stringContaining("from varchar(20) to varchar(15)"),
      expect.stringContaining("db/old/01_name.up.sql"),
    ]);
  });

  it("points to the page of a rule, and where there is none to none", () => {
    const said = (sql: string): string => run(project({ "1.sql": sql }), ["1.sql"]).stdout;
    expect(said("DROP TABLE boats;\n")).toContain("headgate explain");
    expect(said("DROP TABEL boats;\n")).not.toContain("headgate explain");
  });

  it("reads standard input without any project", () => {
    const directory = empty();
    const { status, stdout } = run(directory, ["-"], "create index boats_name\n  on boats (name);");
    expect(stdout).toContain("<stdin>:1");
    expect(stdout).toContain("    1 │ create index boats_name\n    2 │   on boats (name)\n");
    expect(stdout).toContain("1 statement in 1 file judged, all readable");
    expect(status).toBe(1);
  });

  it("prints what code review reads, each finding under a fingerprint that a moved line keeps", () => {
    const directory = empty();
    const sql = "create index a on boats (name);\nalter table boats add column owner text;";
    const gitlab = (text: string) => JSON.parse(run(directory, ["--format", "gitlab", "-"], text).stdout);
    const [first, ...rest] = gitlab(sql);
    expect(first).toMatchObject({
      check_name: "create-index-blocking",
      severity: "major",
      location: { path: "<stdin>", lines: { begin: 1 } },
    });
    expect(gitlab(`\n\n${sql}`).map(({ fingerprint }: { fingerprint: string }) => fingerprint)).toEqual(
      [first, ...rest].map(({ fingerprint }) => fingerprint),
    );
    const github = run(directory, ["--format", "github", "-"], `\n  ${sql}`).stdout;
    expect(github).toMatch(
      /^::error file=<stdin>,line=2,col=3,title=Building an index blocks writes \(create-index-blocking\)::CREATE INDEX holds .*%0A%0Acreate index CONCURRENTLY a on boats \(name\);\n::warning /,
    );
    const { runs } = JSON.parse(run(directory, ["--format", "sarif", "-"], sql).stdout);
    expect(runs[0].results).toHaveLength(2);
  });

  it("says of what the configuration allows for many files that it is unused when it is so in all of them", () => {
    const directory = project({
      "harbour/migrations/1_a.sql": "CREATE TABLE boats (id bigint PRIMARY KEY);\n",
      "harbour/migrations/2_b.sql": "DROP TABLE boats;\n",
      "locks/migrations/1_a.sql": "CREATE TABLE gates (id bigint PRIMARY KEY);\n",
      "headgate.yml": [
        "allow:",
        '  - { rule: drop-table, paths: ["**"], reason: nobody sails }',
        '  - { rule: drop-column, paths: ["**"], reason: nobody sails }',
        "  - { rule: drop-schema, paths: [locks/migrations/3_gone.sql], reason: nobody sails }",
      ].join("\n"),
    });
    const unused = (...args: readonly string[]) =>
      (
        JSON.parse(run(directory, ["--set", "lock_timeout=2s", "--format", "json", ...args]).stdout) as LintVerdict
      ).findings
        .filter(({ ruleId }) => ruleId === "unused-allowance")
        .map(({ message }) => /allows (.*?),/.exec(message)?.[1]);
    expect(unused()).toEqual(["drop-column in **", "drop-schema in locks/migrations/3_gone.sql"]);
    expect(unused("--", "harbour/migrations/1_a.sql")).toEqual([]);
  });

  it("says what it cannot use, with exit code 2", () => {
    const directory = project({ "readme.md": "" });
    expect(run(directory, [])).toMatchObject({ status: 2, stdout: "" });
    expect(run(directory, ["missing.sql"])).toMatchObject({ status: 2, stdout: "" });
    expect(run(directory, ["--postgres", "9.6", "-"], "select 1")).toMatchObject({ status: 2, stdout: "" });
    expect(run(directory, ["--set", "lock_timeout", "--", "-"], "select 1")).toMatchObject({ status: 2, stdout: "" });
    expect(run(directory, ["--set", "lock_timeout=abc", "-"], "select 1")).toEqual({
      status: 2,
      stdout: "",
      stderr: "headgate: --set lock_timeout: PostgreSQL takes a time, for example 2s, and refuses abc.\n",
    });
  });

  it("judges files by no other rules than the configuration's, nor without it where that is broken", () => {
    const file = { "boats.sql": "CREATE INDEX boats_name ON boats (name);\n" };
    const lint = (configuration: string) =>
      run(project({ ...file, "headgate.yml": configuration }), ["--set", "lock_timeout=2s", "--", "boats.sql"]);
    expect(lint("rules: { create-index-blocking: warning }\n")).toMatchObject({ status: 0 });
    expect(lint("rules: { create-index-blocking: error }\n")).toMatchObject({ status: 1 });
    for (const [broken, message] of [
      ["projects: {\n", /headgate\.yml:\d is not valid YAML/],
      ["rules: { create-index: off }\n", /There is no rule create-index/],
      ["projects: [{ directory: nowhere }]\n", /The project nowhere in the configuration was not found/],
    ] as const) {
      const { status, stdout, stderr } = lint(broken);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(message);
    }
  });

  it("passes what is sound, and nothing that it did not look at", () => {
    const directory = empty();
    expect(run(directory, ["-"], "create table boats (id bigint primary key);").status).toBe(0);
    expect(run(directory, ["-"], "").stdout).toContain("0 statements in 1 file judged");
  });
});
