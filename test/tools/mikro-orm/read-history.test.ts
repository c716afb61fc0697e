import { describe, expect, it } from "vitest";
import { readHistory } from "../../../src/tools/mikro-orm/read-history.ts";
import type { Project } from "../../../src/project.ts";
import { filesOf } from "../../support/files.ts";
import { withDefaults } from "./project.ts";

const migration = (name: string) => `export class ${name} extends Migration { up() {} down() { this.addSql("x"); } }`;
const project = (more: Partial<Project> = {}): Project => ({
  ...withDefaults({ tool: "mikro-orm", directory: ".", migrations: ["migrations"] }),
  ...more,
});
const tree = (names: readonly string[], more: Readonly<Record<string, string>> = {}) => ({
  ...Object.fromEntries(names.map((name) => [`migrations/${name}`, migration("M")])),
  ...more,
});
const ids = (files: Readonly<Record<string, string>>, of = project()) =>
  readHistory(filesOf(files), of).revisions.map(({ id }) => id);
const problems = (files: Readonly<Record<string, string>>, of = project()) =>
  readHistory(filesOf(files), of).problems.map(({ kind, files: [file] }) => [kind, file]);

it("chains the migrations in MikroORM's order, under the names that it stores", () => {
  const { revisions, problems: none } = readHistory(
    filesOf(
      tree([
        "Migration20260102000000_tolls.ts",
        "Migration20260101000000.js",
        "Initial20240101.ts",
        "Migration20260103000000.cjs",
      ]),
    ),
    project(),
  );
  expect(revisions).toEqual([
    {
      id: "Initial20240101",
      downRevisions: [],
      dependsOn: [],
      branchLabels: [],
      file: "migrations/Initial20240101.ts",
      downgrade: "present",
    },
    {
      id: "Migration20260101000000",
      downRevisions: ["Initial20240101"],
      dependsOn: [],
      branchLabels: [],
      file: "migrations/Migration20260101000000.js",
      downgrade: "present",
    },
    {
      id: "Migration20260102000000_tolls",
      downRevisions: ["Migration20260101000000"],
      dependsOn: [],
      branchLabels: [],
      file: "migrations/Migration20260102000000_tolls.ts",
      downgrade: "present",
      title: "tolls",
    },
    {
      id: "Migration20260103000000.cjs",
      downRevisions: ["Migration20260102000000_tolls"],
      dependsOn: [],
      branchLabels: [],
      file: "migrations/Migration20260103000000.cjs",
      downgrade: "present",
    },
  ]);
  expect(none).toEqual([]);
});

it("sorts as the installed version does", () => {
  const names = ["Migration20260101000000_B.ts", "Migration20260101000000_a.ts"];
  const manifest = (version: string) => ({ "package.json": `{ "dependencies": { "@mikro-orm/core": "${version}" } }` });
  expect(ids(tree(names, manifest("^5.9.8")))).toEqual(["Migration20260101000000_a", "Migration20260101000000_B"]);
  expect(ids(tree(names, manifest("^6.6.16")))).toEqual(["Migration20260101000000_B", "Migration20260101000000_a"]);
  expect(ids(tree(names))).toEqual(["Migration20260101000000_B", "Migration20260101000000_a"]);
});

describe("problems", () => {
  it("counts a migration once that is there as TypeScript and as JavaScript, and says so", () => {
    const files = tree(["Migration20260101000000.js", "Migration20260101000000.ts"]);
    expect(ids(files)).toEqual(["Migration20260101000000"]);
    expect(readHistory(filesOf(files), project()).problems).toMatchObject([
      {
        kind: "duplicate",
        revisions: ["Migration20260101000000"],
        files: ["migrations/Migration20260101000000.js", "migrations/Migration20260101000000.ts"],
      },
    ]);
  });

  it("names what MikroORM would never run", () => {
    const names = [
      "Migration20260101000000.mts",
      "old/Migration20260102000000.ts",
      "Migration20260103000000.ts",
      "old/Migration20260102000000.test.ts",
      "types.d.ts",
      ".snapshot-canal.json",
      "notes.md",
    ];
    expect(ids(tree(names))).toEqual(["Migration20260103000000"]);
    // What others extend is not meant to be run.
    const base = { "migrations/base/tenant.ts": `export abstract ${migration("Tenants").slice("export ".length)}` };
    expect(problems(tree(names, base))).toEqual([
      ["ignored", "migrations/Migration20260101000000.mts"],
      ["ignored", "migrations/old/Migration20260102000000.ts"],
    ]);
  });

  it("takes no offence at the list by which a library hands its migrations to who configures MikroORM", () => {
    const list = 'import { M } from "./Migration20260101000000";\nexport const all = [{ name: "M", class: M }];\n';
    const files = tree(["Migration20260101000000.ts"], { "migrations/list.ts": list });
    expect(ids(files)).toEqual(["Migration20260101000000"]);
    expect(problems(files)).toEqual([]);
    const configuration = { "mikro-orm.config.ts": "export default {};" };
    expect(problems({ ...files, ...configuration }, project({ configFile: "mikro-orm.config.ts" }))).toEqual([
      ["other", "migrations/list.ts"],
    ]);
  });

  it("names what MikroORM would run and fail on", () => {
    const files = tree(["Migration20260101000000.ts"], { "migrations/index.ts": "export const a = 1;" });
    expect(ids(files)).toEqual(["Migration20260101000000"]);
    expect(problems(files)).toEqual([["other", "migrations/index.ts"]]);
    const listing = `export default { migrations: { path: "migrations", migrationsList: [A] } }`;
    expect(problems({ ...files, "orm.ts": listing }, project({ configFile: "orm.ts" }))).toEqual([]);
  });

  it("names the classes of a file that never run", () => {
    const file = "migrations/Migration20260101000000.ts";
    const history = readHistory(filesOf({ [file]: `${migration("First")}\n${migration("Second")}\n` }), project());
    expect(history.revisions).toHaveLength(1);
    expect(history.problems).toMatchObject([
      { kind: "other", line: 2, message: expect.stringContaining("(First, Second)") },
    ]);
  });

  it("lists a file that cannot be read, and why", () => {
    const files = filesOf(tree(["Migration20260101000000.ts"]));
    const { revisions, problems: found } = readHistory({ ...files, text: (path) => files.text(`${path}?`) }, project());
    expect(revisions.map(({ id }) => id)).toEqual(["Migration20260101000000"]);
    expect(found).toMatchObject([
      { kind: "unreadable", message: "migrations/Migration20260101000000.ts? does not exist." },
    ]);
  });
});

it("follows the pattern of the configuration, and of the section that is meant", () => {
  const config = `export default [
    { contextName: "a", migrations: { path: "migrations", glob: "*.sql.ts" } },
    { migrations: { path: "migrations", glob: "**/*.ts" } }];`;
  const files = tree(["one.sql.ts", "below/two.ts"], { "orm.ts": config });
  expect(ids(files, project({ configFile: "orm.ts", section: "a" }))).toEqual(["one.sql"]);
  expect(ids(files, project({ configFile: "orm.ts" }))).toEqual(["two", "one.sql"]);
});

it("reads ten thousand migrations within seconds", () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `Migration${20260101000000 + index}.ts`);
  const started = performance.now();
  expect(ids(tree(names))).toHaveLength(10_000);
  expect(performance.now() - started).toBeLessThan(5_000);
});
