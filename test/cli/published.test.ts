import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleCommandLine } from "../../scripts/bundle-command-line.ts";
import { headgate } from "../support/cli.ts";

// The command line as it is published is put together from the sources; all other tests run these.
const directory = mkdtempSync(join(tmpdir(), "headgate-published-"));
beforeAll(async () => {
  await bundleCommandLine(join(directory, "dist"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }\n');
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.for([
  { args: ["--version"] },
  { args: ["--help"] },
  { args: ["explain", "drop-table"] },
  { args: ["lint", "--format", "json", "-"], input: "DROP TABLE boats;" },
  { args: ["lint", "--format", "sarif", "--directory", "examples/sql"] },
  { args: ["lineage", "--format", "json", "--directory", "examples/alembic"] },
  { args: ["lineage", "--format", "mermaid", "--directory", "examples/mikro-orm"] },
  { args: ["status", "--database-url", "postgres://keeper@127.0.0.1:1/canal", "--directory", "examples/sql"] },
  { args: ["nonsense"] },
])("answers $args as the sources do", async ({ args, input = "" }) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(directory, "dist/cli.js"), ...args], {
    input,
    encoding: "utf8",
  });
  expect({ exitCode: status, stdout, stderr }).toEqual(await headgate(args, { input }));
});

test("has Node's modules without what import adds to them, but where an older Node is told so, and starts without those for processes", () => {
  const withImports = globSync("cli*.js", { cwd: join(directory, "dist") }).filter((file) =>
    /^import .* from "node:/m.test(readFileSync(join(directory, "dist", file), "utf8")),
  );
  expect(withImports).toEqual(["cli.js"]);
  expect(readFileSync(join(directory, "dist/cli-main.js"), "utf8")).not.toContain("node:child_process");
});
