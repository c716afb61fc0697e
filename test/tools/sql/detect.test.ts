import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Files } from "../../../src/files.ts";
import { workingTree } from "../../../src/files/working-tree.ts";
import type { Project } from "../../../src/project.ts";
import { layoutOf } from "../../../src/tools/sql/layouts.ts";
import { sql } from "../../../src/tools/sql/tool.ts";
import { testRepository } from "../../support/repository.ts";

function tree(contents: Readonly<Record<string, string>>): Files {
  const root = mkdtempSync(join(tmpdir(), "headgate-detect-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return workingTree(root);
}

const found = (contents: Readonly<Record<string, string>>) =>
  sql
    .detect(tree(contents))
    .filter(({ leftOut }) => leftOut === undefined)
    .map(({ layout, directory, migrations }) => `${layout} ${migrations} in ${directory}`);

const project = (extra: Partial<Project>): Project => ({
  name: "canal",
  tool: "sql",
  directory: ".",
  migrations: ["sql"],
  environment: {},
  prelude: [],
  oneWay: {},
  allowEmpty: false,
  ...extra,
});

const read = (layout: string, contents: Readonly<Record<string, string>>) =>
  sql.readHistory(tree(contents), project({ migrations: ["m"], layout }));

describe("detection", () => {
  it.each<[string, Record<string, string>, readonly string[]]>([
    ["golang-migrate pairs", { "db/1_a.up.sql": "", "db/1_a.down.sql": "" }, ["golang-migrate db in ."]],
    [
      "the same pairs beside a Cargo.toml that has sqlx",
      { "api/Cargo.toml": '[dependencies]\nsqlx = "0.8"\n', "api/db/1_a.up.sql": "", "api/db/1_a.down.sql": "" },
      ["sqlx api/db in api"],
    ],
    [
      "the same pairs beside a Cargo.toml that has not",
      { "Cargo.toml": '[dependencies]\nserde = "1"\n', "db/1_a.up.sql": "" },
      ["golang-migrate db in ."],
    ],
    ["pairs without numbers", { "db/a.up.sql": "", "db/a.down.sql": "" }, ["pairs db in ."]],
    [
      "Hasura's folders, told from Diesel's by its configuration",
      {
        "h/config.yaml": "version: 3\nmetadata_directory: m\n",
        "h/migrations/main/1_a/up.sql": "",
        "d/migrations/1_a/up.sql": "",
      },
      ["diesel d/migrations in d", "hasura h/migrations/main in h"],
    ],
    [
      "several projects",
      { "a/migrations/1_a.sql": "-- migrate:up\n-- migrate:down\n", "b/migrations/1_a.sql": "-- +goose Up\n" },
      ["dbmate a/migrations in a", "goose b/migrations in b"],
    ],
    [
      "only PostgreSQL's side of a project that has several databases",
      { "m/postgres/1_a.up.sql": "", "m/mysql/1_a.up.sql": "", "m/sqlite3/1_a.up.sql": "" },
      ["golang-migrate m/postgres in m"],
    ],
    [
      "not the Prisma or Drizzle of another database",
      {
        "prisma/migrations/migration_lock.toml": 'provider = "mysql"\n',
        "prisma/migrations/1_a/migration.sql": "",
        "drizzle/meta/_journal.json": '{"dialect":"sqlite","entries":[]}',
        "drizzle/0000_a.sql": "",
      },
      [],
    ],
    [
      "all of Flyway's locations as one project",
      {
        "api/flyway.toml": '[flyway]\nlocations = ["filesystem:./base", "filesystem:sql/"]\n',
        "api/base/V1__a.sql": "",
        "api/sql/V2__b.sql": "",
      },
      ["flyway api/base,api/sql in api"],
    ],
    [
      "Flyway behind Spring Boot, with a prefix and without one",
      {
        "a/src/main/resources/application.yml": "spring: { flyway: { schemas: canal } }\n",
        "a/src/main/resources/db/migration/V1__a.sql": "",
        "b/src/main/resources/application.properties": "spring.flyway.sql-migration-prefix=\n",
        "b/src/main/resources/db/migration/1__a.sql": "",
        "c/src/main/resources/application.properties": "server.port=80\n",
        "c/src/main/resources/db/migration/1__a.sql": "",
      },
      [
        "flyway a/src/main/resources/db/migration in a/src/main/resources/db",
        "flyway b/src/main/resources/db/migration in b/src/main/resources/db",
        "plain c/src/main/resources/db/migration in c/src/main/resources/db",
      ],
    ],
    ["no folder that merely holds SQL", { "queries/boats.sql": "", "schema.sql": "", "seeds/1_boats.sql": "" }, []],
    ["numbered files in a folder called migrations", { "db/migrations/001.sql": "" }, ["plain db/migrations in db"]],
    ["nothing in an empty tree", {}, []],
  ])("finds %s", (_, contents, expected) => {
    expect(found(contents)).toEqual(expected);
  });
});

describe("the migrations of another database", () => {
  const file = { "packages/desk/migrations/20260101_boats.sql": "" };
  const sqlx = (features: string) => `[dependencies]\nsqlx = { workspace = true, features = [${features}] }\n`;
  const workspace = (features: string) =>
    `[workspace.dependencies]\nsqlx = { version = "1", features = [${features}] }\n`;

  it.each<[string, Record<string, string>, boolean]>([
    ["as its package has sqlx", { ...file, "packages/desk/Cargo.toml": sqlx('"sqlite"') }, false],
    ["by either", { ...file, "packages/desk/Cargo.toml": sqlx('"sqlite", "postgres"') }, true],
    [
      "as its workspace has it",
      { ...file, "packages/desk/Cargo.toml": sqlx('"macros"'), "Cargo.toml": workspace('"mysql"') },
      false,
    ],
    [
      "by what its workspace has too",
      { ...file, "packages/desk/Cargo.toml": sqlx('"sqlite"'), "Cargo.toml": workspace('"postgres"') },
      true,
    ],
    [
      "by a feature of its own",
      { ...file, "packages/desk/Cargo.toml": `${sqlx('"sqlite"')}[features]\nserver = ["sqlx/postgres"]\n` },
      true,
    ],
    ["as nobody can read", { ...file, "packages/desk/Cargo.toml": "sqlx = [" }, true],
    [
      "as Diesel has it, in folders",
      {
        "migrations/2026-01-01-000000_a/up.sql": "",
        "Cargo.toml": '[dependencies]\ndiesel = { version = "2", features = ["sqlite"] }\n',
      },
      false,
    ],
    [
      "as Drizzle's journal says, also where the folder has a name that speaks for itself",
      { "drizzle/migrations/0000_a.sql": "", "drizzle/migrations/meta/_journal.json": '{ "dialect": "sqlite" }' },
      false,
    ],
  ])("are told %s", (_, contents, taken) => {
    expect(sql.detect(tree(contents)).length > 0).toBe(taken);
  });
});

describe("a project that names its directory", () => {
  it("has the layout it shows, or plain files", () => {
    expect(layoutOf(tree({ "sql/1_a.sql": "-- +goose Up\n" }), project({})).name).toBe("goose");
    const files = tree({ "sql/second.sql": "", "sql/first.sql": "" });
    expect(layoutOf(files, project({})).name).toBe("plain");
    expect(sql.readHistory(files, project({})).revisions.map(({ id }) => id)).toEqual(["first", "second"]);
  });

  it("may name the layout, if there is such a one", () => {
    expect(layoutOf(tree({}), project({ layout: "flyway" })).name).toBe("flyway");
    expect(() => layoutOf(tree({}), project({ layout: "rails" }))).toThrow(/names the layout rails.*golang-migrate/);
  });
});

describe("a history", () => {
  it.each<[string, Record<string, string>, string]>([
    ["golang-migrate", { "m/2_a.up.sql": "", "m/02_b.up.sql": "", "m/10_c.up.sql": "" }, "2"],
    ["sqlx", { "m/1_a.sql": "", "m/1_b.sql": "" }, "1"],
    ["diesel", { "m/2020-01-01-000000_a/up.sql": "", "m/20200101000000_b/up.sql": "" }, "20200101000000"],
    ["goose", { "m/1_a.sql": "-- +goose Up\n", "m/001_b.sql": "-- +goose Up\n" }, "1"],
    ["flyway", { "m/V1_1__a.sql": "", "m/x/V1.1__b.sql": "" }, "1.1"],
    ["supabase", { "m/1_a.sql": "", "m/1_b.sql": "" }, "1"],
    [
      "dbmate",
      { "m/1_a.sql": "-- migrate:up\n-- migrate:down\n", "m/1_b.sql": "-- migrate:up\n-- migrate:down\n" },
      "1",
    ],
  ])("of %s names both files of one version, and keeps the first", (layout, contents, id) => {
    const { revisions, problems } = read(layout, contents);
    expect(revisions.filter((revision) => revision.id === id)).toHaveLength(1);
    expect(problems).toMatchObject([{ kind: "duplicate", revisions: [id] }]);
    expect(problems[0]?.files).toHaveLength(2);
  });

  it("of sql-migrate begins with the names that begin with a number", () => {
    const text = "-- +migrate Up\nSELECT 1;\n";
    const { revisions } = read("sql-migrate", { "m/(boats).sql": text, "m/10_b.sql": text, "m/2_a.sql": text });
    expect(revisions.map(({ id }) => id)).toEqual(["2_a.sql", "10_b.sql", "(boats).sql"]);
  });

  it("names the two ways back that one version has", () => {
    const { problems } = read("golang-migrate", {
      "m/1_a.up.sql": "",
      "m/1_a.down.sql": "",
      "m/1_a.mysql.down.sql": "",
    });
    expect(problems.map(({ message }) => message)).toEqual([
      "m/1_a.down.sql and m/1_a.mysql.down.sql have the same version, 1.",
    ]);
  });

  it("names the migrations that are programs", () => {
    const directory = "api/src/main/resources/db/migration";
    const files = tree({
      [`${directory}/V1__boats.sql`]: "",
      "api/src/main/java/canal/V1_2__FillBoats.java": "",
      "api/src/main/kotlin/canal/V1_3__FillLocks.kt": "// headgate: allow migration-not-run: tried on a copy\n",
      "api/src/main/java/canal/R__Views.java": "",
      "api/src/main/java/canal/Canal.java": "",
      "api/src/test/java/canal/V1_2__FillBoatsTest.java": "",
      "other/src/main/java/V3__Theirs.java": "",
    });
    const { revisions, problems } = sql.readHistory(files, project({ layout: "flyway", migrations: [directory] }));
    expect(revisions.map(({ id }) => id)).toEqual(["1"]);
    expect(problems[0]).not.toHaveProperty("allowed");
    expect(problems).toMatchObject([
      { kind: "not-run", files: ["api/src/main/java/canal/R__Views.java"] },
      {
        kind: "not-run",
        files: ["api/src/main/java/canal/V1_2__FillBoats.java"],
        message: expect.stringContaining("a Java migration"),
        help: expect.stringContaining("`start:`"),
      },
      { kind: "not-run", message: expect.stringContaining("a Kotlin migration"), allowed: "tried on a copy" },
    ]);
  });

  it("names what Flyway runs beside its migrations, and what it does not look at", () => {
    const names = ["afterMigrate__views", "beforeEachMigrate", "createSchema", "aftermath", "B1_2__all", "Beam__1"];
    const { problems } = read(
      "flyway",
      Object.fromEntries(["V1__boats", ...names].map((name) => [`m/${name}.sql`, ""])),
    );
    expect(problems.map(({ kind, files }) => `${kind} ${files.join(" ")}`)).toEqual([
      "not-run m/B1_2__all.sql",
      "ignored m/Beam__1.sql",
      "not-run m/afterMigrate__views.sql",
      "ignored m/aftermath.sql",
      "not-run m/beforeEachMigrate.sql",
      "not-run m/createSchema.sql",
    ]);
  });

  it("names a program and a file that have one version, with which Flyway refuses to start", () => {
    const directory = "src/main/resources/db/migration";
    const files = tree({
      [`${directory}/V1__boats.sql`]: "",
      [`${directory}/V2.0__locks.sql`]: "",
      "src/main/java/canal/V2__FillBoats.java": "",
      "src/main/java/canal/V1_2__FillLocks.java": "",
    });
    const { problems } = sql.readHistory(files, project({ layout: "flyway", migrations: [directory] }));
    expect(problems.filter(({ kind }) => kind !== "not-run")).toMatchObject([
      {
        kind: "duplicate",
        message: `${directory}/V2.0__locks.sql and src/main/java/canal/V2__FillBoats.java have the same version, 2.0.`,
        revisions: ["2.0"],
      },
    ]);
  });

  it("counts a way back that holds no statement as absent", () => {
    const { revisions } = read("golang-migrate", {
      "m/1_a.up.sql": "SELECT 1;",
      "m/1_a.down.sql": "-- SELECT 1;\n/* nothing */ ;\n",
      "m/2_b.up.sql": "SELECT 1;",
      "m/2_b.down.sql": "",
    });
    expect(revisions.map(({ downgrade }) => downgrade)).toEqual(["absent", "absent"]);
  });

  it("says which file a tool would refuse, and why", () => {
    expect(read("goose", { "m/1_a.sql": "SELECT 1;\n" }).problems).toMatchObject([
      { kind: "unreadable", files: ["m/1_a.sql"], message: expect.stringContaining('must begin with "-- +goose Up"') },
    ]);
    expect(read("sqlx", { "m/first_a.sql": "" }).problems).toMatchObject([
      { kind: "other", message: expect.stringContaining("must be a whole number") },
    ]);
    expect(
      read("prisma", {
        "m/1_a/migration.sql": "",
        "m/2_b/up.sql": "",
        "m/2_b/2_old.sql": "",
        "m/2_b/old/3_older.sql": "",
        "m/1_a/note.sql": "",
      }).problems,
    ).toMatchObject([{ kind: "unreadable", files: ["m/2_b/2_old.sql", "m/2_b/old/3_older.sql", "m/2_b/up.sql"] }]);
    expect(read("drizzle", { "m/0000_a.sql": "" }).problems).toMatchObject([
      { kind: "unreadable", files: ["m/meta/_journal.json"] },
      { kind: "ignored", files: ["m/0000_a.sql"] },
    ]);
  });

  it("of 10,000 revisions is read within seconds, in numeric order", () => {
    const contents = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`m/${index + 1}_a.up.sql`, "SELECT 1;"]),
    );
    const files = tree(contents);
    const started = performance.now();
    const found = sql.detect(files);
    const history = sql.readHistory(files, { ...(found[0] as Project) });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(history.revisions).toHaveLength(10_000);
    expect(history.revisions[9]?.id).toBe("10");
    expect(history.revisions[9_999]?.downRevisions).toEqual(["9999"]);
  });

  it("shows its layout also where git ignores it", () => {
    using repository = testRepository({
      ".gitignore": "gen\n",
      "gen/1_boats.up.sql": "CREATE TABLE boats (id int);",
      "gen/1_boats.down.sql": "DROP TABLE boats;",
    });
    const named = { ...project({}), migrations: ["gen"] };
    expect(layoutOf(workingTree(repository.root), named).name).toBe("golang-migrate");
  });
});
