import { describe, expect, it } from "vitest";
import { readConfigText } from "../../../src/tools/mikro-orm/config-text.ts";

const read = (text: string) => readConfigText(text, "api/config/orm.ts", "api");

describe("where migrations are", () => {
  it.each([
    ["'./migrations'", "api/migrations"],
    ["'src/../db/'", "api/db"],
    ["path.join(__dirname, '..', 'migrations')", "api/migrations"],
    ["join(process.cwd(), 'db', 'migrations')", "api/db/migrations"],
    ["new URL('./migrations', import.meta.url).pathname", "api/config/migrations"],
    ["`${__dirname}/../migrations`", "api/migrations"],
    ["__dirname", "api/config"],
  ])("is read from path: %s", (expression, expected) => {
    expect(read(`export default { dbName, migrations: { path: ${expression}, glob } }`)).toEqual([
      { path: expected, listsClasses: false },
    ]);
  });

  it.each(["process.env.MIGRATIONS", "migrationsFolder", "'../../elsewhere'"])(
    "is left open by path: %s",
    (expression) => {
      expect(read(`export default { migrations: { path: ${expression} } }`)).toEqual([{ listsClasses: false }]);
    },
  );

  it("starts at the base directory that is set", () => {
    expect(read("export default { baseDir: __dirname, migrations: { pathTs: './up' } }")).toEqual([
      { pathTs: "api/config/up", listsClasses: false },
    ]);
  });
});

it("reads what else matters, and nothing from comments, strings and other objects", () => {
  const text = `
    // migrations: { path: "commented" }
    const text = "migrations: { path: 'quoted' }";
    export default defineConfig({
      dbName: "canal" as const,
      seeder: { path: "seeds" },
      migrations: { nested: { path: "no" }, tableName: "m", glob: "*.{js,ts}", pathTs: "src/m", path: "dist/m", migrationsList },
    });`;
  expect(read(text)).toEqual([
    { path: "api/dist/m", pathTs: "api/src/m", glob: "*.{js,ts}", listsClasses: true, database: "canal" },
  ]);
});

it("tells configurations with names apart", () => {
  const text = `export default [
    { contextName: 'tolls', migrations: { path: 'tolls' } },
    () => ({ dbName: name(), migrations: { path: 'boats' }, contextName: "boats" }),
  ];`;
  expect(read(text)).toEqual([
    { section: "tolls", path: "api/tolls", listsClasses: false },
    { section: "boats", path: "api/boats", listsClasses: false },
  ]);
});

it("says nothing of a file without migrations", () => {
  expect(read("export default { ...base }")).toEqual([{ listsClasses: false }]);
});
