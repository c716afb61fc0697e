import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/repository/read-configuration.ts";
import { ConfigurationError, UsageError } from "../../src/errors.ts";
import { selectProjects, type ProjectSelection } from "../../src/repository/select-projects.ts";
import { tools } from "../../src/tools/registry.ts";
import { filesOf } from "../support/files.ts";

const twoTools = {
  "canal/alembic.ini": "[alembic]\nscript_location = migrations\n",
  "canal/migrations/env.py": "",
  "canal/migrations/script.py.mako": "",
  "canal/migrations/versions/a1_locks.py": 'revision = "a1"\ndown_revision = None\n',
  "harbour/migrations/1_berths.up.sql": "CREATE TABLE berths ();",
  "harbour/migrations/1_berths.down.sql": "DROP TABLE berths;",
};

function select(tree: Record<string, string>, selection: Partial<ProjectSelection> = {}) {
  const files = filesOf(tree);
  return selectProjects(files, readConfiguration(files), tools, { directory: ".", ...selection }).map(
    ({ name, tool, directory, migrations }) => ({ name, tool, directory, migrations }),
  );
}

describe("selectProjects", () => {
  const canal = { name: "canal", tool: "alembic", directory: "canal", migrations: ["canal/migrations/versions"] };

  it("finds every project of every tool without configuration", () => {
    const found = select(twoTools);
    expect(found[0]).toEqual(canal);
    expect(found.map(({ tool }) => tool)).toEqual(["alembic", "sql"]);
  });

  it.each([
    [
      "the section that every tool's documentation has",
      "{ directory: config, section: alembic }",
      "config",
      "config/m/versions",
    ],
    ["another one", "{ directory: config, section: other }", "config", "config/n/versions"],
    [
      "the folder of a configuration that is run above it",
      "{ directory: config, section: above }",
      ".",
      "db/m/versions",
    ],
  ])("finds by %s", (_, project, directory, migrations) => {
    const environment = (folder: string) => ({ [`${folder}/env.py`]: "", [`${folder}/versions/a1.py`]: "" });
    const sections = [
      "alembic]\nscript_location = %(here)s/m",
      "other]\nscript_location = %(here)s/n",
      "above]\nscript_location = db/m",
    ];
    const tree = {
      "config/alembic.ini": sections.map((section) => `[${section}\n`).join(""),
      ...environment("config/n"),
      ...environment("config/m"),
      ...environment("db/m"),
      "headgate.yml": `projects: [${project}]`,
    };
    expect(select(tree)).toMatchObject([{ tool: "alembic", directory, migrations: [migrations] }]);
  });

  it("narrows to a directory, a tool or a name", () => {
    for (const directory of ["canal", "canal/migrations", "canal/migrations/versions"])
      expect(select(twoTools, { directory })).toEqual([canal]);
    expect(() => select(twoTools, { directory: "harbour/boats" })).toThrow(ConfigurationError);
    expect(select(twoTools, { tool: "alembic" })).toEqual([canal]);
    expect(select(twoTools, { project: "canal" })).toEqual([canal]);
  });

  it("takes the configured projects and no others, completed by detection", () => {
    const configured = { ...twoTools, "headgate.yml": "projects: [{directory: canal, name: waterway}]" };
    expect(select(configured)).toEqual([{ ...canal, name: "waterway" }]);
  });

  it("gives projects names of their own", () => {
    const tree = Object.fromEntries(
      Object.entries(twoTools).flatMap(([path, text]) => [
        [`north/${path}`, text],
        [`south/${path}`, text],
      ]),
    );
    expect(new Set(select(tree).map(({ name }) => name)).size).toBe(4);
  });

  it("says what it looked for when there is nothing", () => {
    expect(() => select({ "README.md": "" })).toThrow(ConfigurationError);
    expect(() => select({ "README.md": "" })).toThrow(
      /^No migrations were found in this repository\. Headgate looked for /,
    );
  });

  it("says what there is when the wanted project is not", () => {
    expect(() => select(twoTools, { project: "lake" })).toThrow(UsageError);
    expect(() => select(twoTools, { project: "lake" })).toThrow("There is no project named lake");
    expect(() => select(twoTools, { directory: "docs" })).toThrow(/There is alembic in canal/);
  });

  it("refuses a configured project that is not there", () => {
    const tree = { ...twoTools, "headgate.yml": "projects: [{directory: lake}]" };
    expect(() => select(tree)).toThrow("The project lake in the configuration was not found");
  });
});
