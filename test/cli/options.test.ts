import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { plansSchema } from "../../src/plan/plan-schema.ts";
import { lineageSchema } from "../../src/report/lineage-schema.ts";
import { lintSchema } from "../../src/report/lint-schema.ts";
import { sqlSchema } from "../../src/report/sql-schema.ts";
import { headgate } from "../support/cli.ts";
import { testRepository } from "../support/repository.ts";

const shared = ["--config", "--project", "--directory", "--output", "--quiet", "--no-color", "--version"];

describe.each(buildProgram(() => {}).commands.map((command) => [command.name(), command] as const))(
  "headgate %s",
  (_, command) => {
    it("has the options that all commands have", () => {
      expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(shared));
      expect(command.helpInformation()).toContain("--help");
    });
  },
);

it("a configuration file outside the repository is not read", async () => {
  using repository = testRepository({ "a/migrations/1.sql": "SELECT 1;\n" });
  const args = ["lineage", "--directory", repository.root, "--config", `${repository.root}/../headgate.yml`];
  const { exitCode, stderr } = await headgate(args);
  expect(stderr).toContain("is outside the repository.");
  expect(exitCode).toBe(2);
});

const boats = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY);\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
};

/** Alembic, with a revision that does nothing. */
const idle = {
  "idle/alembic.ini": "[alembic]\nscript_location = migrations\n",
  "idle/migrations/env.py": "",
  "idle/migrations/versions/a1.py":
    'revision = "a1"\ndown_revision = None\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n',
};

describe("what programs read", () => {
  it.each([
    [["lint", "--format", "json", "--directory", "migrations"], lintSchema],
    [["lineage", "--format", "json", "--directory", "migrations"], lineageSchema],
    [["lineage", "--format", "json", "--directory", "idle"], lineageSchema],
    [["sql", "--engine", "embedded", "--format", "json", "--directory", "migrations"], sqlSchema],
    [["plan", "--engine", "embedded", "--format", "json", "--directory", "migrations"], plansSchema],
  ] as const)(
    "of headgate %j is one document of its published schema",
    async (args, schema) => {
      using repository = testRepository({ ...boats, ...idle });
      const { exitCode, stdout } = await headgate(args, { cwd: repository.root });
      expect(exitCode).toBe(0);
      expect(() => schema.parse(JSON.parse(stdout))).not.toThrow();
    },
    60_000,
  );
});

describe("what programs read when there is no report", () => {
  const ajv = new Ajv2020();
  addFormats.default(ajv);
  const published = (name: string) =>
    ajv.compile(JSON.parse(readFileSync(new URL(`../../docs/schema/${name}.schema.json`, import.meta.url), "utf8")));
  /** `plan` prints nothing else. */
  const commands = [
    ["check", "verdict"],
    ["lint", "lint"],
    ["stats", "stats"],
    ["lineage", "lineage"],
    ["sql", "sql"],
    ["plan", "plan"],
    ["status", "status"],
    ["apply", "apply"],
    ["downgrade", "downgrade"],
  ] as const;

  it.each(commands)("of headgate %s is one document all the same, with the sentence", async (command, schema) => {
    using repository = testRepository({ ...boats, "headgate.yml": "postgres: [1\n" });
    const url = ["stats", "downgrade"].includes(command)
      ? ["--database-url", "postgresql://nobody@127.0.0.1:1/none"]
      : [];
    const { exitCode, stdout, stderr } = await headgate([command, "--format", "json", ...url], {
      cwd: repository.root,
    });
    expect(exitCode).toBe(command === "stats" ? 3 : 2);
    const document = JSON.parse(stdout) as { readonly message: string; readonly verdict?: string };
    expect(published(schema)(document)).toBe(true);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(document.message.replaceAll(/\s+/g, " "));
    expect(document.verdict ?? "errored").toBe("errored");
  });

  it.each(commands)("of headgate %s is one document for a wrong option too", async (command, schema) => {
    const { exitCode, stdout } = await headgate([command, "--format=json", "--nonsense"]);
    expect(exitCode).toBe(2);
    const document = JSON.parse(stdout) as { readonly message: string };
    expect(published(schema)(document)).toBe(true);
    expect(document.message).toContain("--nonsense");
  });
});

// What takes long says so before it begins: no server is started.
it.each([["check"], ["sql"], ["plan"], ["lineage"], ["explain", "drop-table"], ["lint"], ["init"]])(
  "headgate %s says that it cannot write where it should",
  async (...args) => {
    using repository = testRepository(boats);
    const { exitCode, stdout, stderr } = await headgate([...args, "--output", "no/such/folder/report"], {
      cwd: repository.root,
    });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("could not be written to no/such/folder/report");
    expect(stderr).not.toContain("    at ");
  },
);

it("a version is printed behind any command", async () => {
  const { exitCode, stdout } = await headgate(["check", "--version"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
});
