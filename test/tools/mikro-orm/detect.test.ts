import { describe, expect, it } from "vitest";
import { detect } from "../../../src/tools/mikro-orm/detect.ts";
import { filesOf } from "../../support/files.ts";

const manifest = (more: object = {}) =>
  JSON.stringify({ dependencies: { "@mikro-orm/postgresql": "7.1.13", "@mikro-orm/migrations": "7.1.13" }, ...more });
const migration = "export class M extends Migration { up() {} }";
const config = (path: string) => `export default { migrations: { path: "${path}" } };`;
const found = (tree: Readonly<Record<string, string>>) =>
  detect(filesOf(tree)).map(({ directory, configFile, migrations }) => [directory, configFile, migrations.join()]);

describe("the configuration file", () => {
  it.each<[name: string, settings: object, files: readonly string[], expected: string]>([
    ["in the sources", {}, ["src/mikro-orm.config.ts", "mikro-orm.config.ts"], "src/mikro-orm.config.ts"],
    ["beside the package", {}, ["mikro-orm.config.ts", "mikro-orm.config.js"], "mikro-orm.config.ts"],
    [
      "where the package says",
      { "mikro-orm": { configPaths: ["./db/orm.ts"] } },
      ["mikro-orm.config.ts", "db/orm.ts"],
      "db/orm.ts",
    ],
    ["that was built", {}, ["dist/mikro-orm.config.js", "src/mikro-orm.config.js"], "dist/mikro-orm.config.js"],
    [
      "as JavaScript where TypeScript is refused",
      { "mikro-orm": { useTsNode: false } },
      ["mikro-orm.config.ts", "mikro-orm.config.js"],
      "mikro-orm.config.js",
    ],
    [
      "that a script hands over",
      { scripts: { migrate: "MIKRO_ORM_CLI=./orm.dev.ts mikro-orm migration:up" } },
      ["orm.dev.ts"],
      "orm.dev.ts",
    ],
    [
      "that a script names",
      { scripts: { migrate: "mikro-orm migration:up --config tools/orm.ts" } },
      ["tools/orm.ts"],
      "tools/orm.ts",
    ],
    ["by a name of its own", {}, ["src/config/mikro-orm.config.dev.ts"], "src/config/mikro-orm.config.dev.ts"],
  ])("is found %s", (_name, settings, files, expected) => {
    const tree = { "package.json": manifest(settings), "migrations/Migration20260101000000.ts": migration };
    expect(found({ ...tree, ...Object.fromEntries(files.map((file) => [file, config("migrations")])) })).toEqual([
      [".", expected, "migrations"],
    ]);
  });
});

it("finds the modules of Medusa, which brings MikroORM with it", () => {
  expect(
    found({
      "package.json": JSON.stringify({ dependencies: { "@medusajs/framework": "2.18.0" } }),
      "src/modules/locks/migrations/Migration20260101000000.ts": migration,
      "src/modules/boats/migrations/Migration20260101000000.ts": migration,
    }),
  ).toEqual([
    [".", undefined, "src/modules/boats/migrations"],
    [".", undefined, "src/modules/locks/migrations"],
  ]);
});

it("finds every package of a monorepo, with and without a configuration", () => {
  expect(
    found({
      "package.json": JSON.stringify({ devDependencies: { typescript: "*" } }),
      "services/boats/package.json": manifest(),
      "services/boats/mikro-orm.config.ts": config("db"),
      "services/boats/db/Migration20260101000000_boats.ts": migration,
      "packages/tolls/package.json": manifest(),
      "packages/tolls/src/migrations/Migration20260101000000.ts": migration,
      "packages/tolls/dist/migrations/Migration20260101000000.js": migration,
      "packages/empty/package.json": manifest(),
    }),
  ).toEqual([
    ["packages/tolls", undefined, "packages/tolls/src/migrations"],
    ["services/boats", "services/boats/mikro-orm.config.ts", "services/boats/db"],
  ]);
});

it("takes the sources where the configuration names what is built from them", () => {
  const tree = { "package.json": manifest(), "src/migrations/Migration20260101000000.ts": migration };
  expect(found({ ...tree, "mikro-orm.config.ts": config("dist/migrations") })).toEqual([
    [".", "mikro-orm.config.ts", "src/migrations"],
  ]);
  expect(
    found({
      ...tree,
      "mikro-orm.config.ts": `export default { migrations: { path: "dist", pathTs: "src/migrations" } }`,
    }),
  ).toEqual([[".", "mikro-orm.config.ts", "src/migrations"]]);
});

it("knows a project that has no migration yet", () => {
  expect(found({ "package.json": manifest(), "src/mikro-orm.config.ts": "export default {};" })).toEqual([
    [".", "src/mikro-orm.config.ts", "src/migrations"],
  ]);
});

it("offers the database's name for migrations that mention it, and a section for each configuration", () => {
  const text = `export default [
    { contextName: "a", dbName: "canal", migrations: { path: "a" } },
    { contextName: "b", migrations: { path: "b" } }];`;
  const tree = { "package.json": manifest(), "mikro-orm.config.ts": text, "a/M.ts": migration, "b/M.ts": migration };
  expect(detect(filesOf(tree))).toEqual([
    {
      tool: "mikro-orm",
      directory: ".",
      configFile: "mikro-orm.config.ts",
      migrations: ["a"],
      section: "a",
      database: "canal",
    },
    { tool: "mikro-orm", directory: ".", configFile: "mikro-orm.config.ts", migrations: ["b"], section: "b" },
  ]);
});

it("leaves alone what is not a PostgreSQL project of MikroORM, and package files that are broken", () => {
  const others = {
    dependencies: { "@mikro-orm/core": "7.1.13", "@mikro-orm/migrations": "7.1.13", "@mikro-orm/mysql": "7.1.13" },
  };
  expect(
    found({
      "a/package.json": JSON.stringify(others),
      "a/migrations/Migration20260101000000.ts": migration,
      "b/package.json": JSON.stringify({ dependencies: { "@mikro-orm/postgresql": "7.1.13" } }),
      "b/mikro-orm.config.ts": "export default {};",
      "c/package.json": "{",
      "d/package.json": "[]",
    }),
  ).toEqual([]);
});
