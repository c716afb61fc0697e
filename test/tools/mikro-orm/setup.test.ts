import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Project } from "../../../src/project.ts";
import { canal, detected, link, openCanal, versions, withDefaults } from "./project.ts";

const configuration = (body: string) => `
  import { PostgreSqlDriver } from "@mikro-orm/postgresql";
  ${body}`;

async function complaint(root: string, project?: Project): Promise<string> {
  const opened = openCanal(root, undefined, project === undefined ? {} : { project });
  return opened.then(
    async (session) => {
      await session[Symbol.asyncDispose]();
      return "opened";
    },
    (error: Error) => `${error.name} ${error.message}`,
  );
}

describe.each(versions)("a set-up of MikroORM %s that cannot be used", (version) => {
  it.each<[name: string, config: string, message: RegExp]>([
    [
      "throws",
      configuration(`
        function need(name: string): string { throw new Error(\`\${name} is not set\`); }
        export default () => ({ driver: PostgreSqlDriver, dbName: need("CANAL_SECRET_DB") });`),
      /^ConfigurationError mikro-orm\.config\.ts:4: The MikroORM configuration could not be loaded: CANAL_SECRET_DB is not set$/,
    ],
    [
      "imports what is not installed",
      `import "unheard-of-waterways";\nexport default {};`,
      /^ToolError mikro-orm\.config\.ts(?::1)?: The package unheard-of-waterways is not installed in the project\. Install the project's dependencies first/,
    ],
    [
      "is not TypeScript",
      `export default {\n  dbName: "canal",,\n};`,
      /^ConfigurationError mikro-orm\.config\.ts(?::2)?: The MikroORM configuration could not be loaded: \S/,
    ],
    [
      "is for another database",
      `class MySqlDriver {}\nexport default { driver: MySqlDriver, dbName: "canal" };`,
      /^ToolError The MikroORM configuration uses MySqlDriver; Headgate checks PostgreSQL migrations, which need PostgreSqlDriver\./,
    ],
    [
      "exports nothing with a default name",
      configuration(`export default [{ contextName: "tolls", driver: PostgreSqlDriver, dbName: "canal" }];`),
      /^ConfigurationError mikro-orm\.config\.ts: It exports no MikroORM configuration without a `contextName`; name the one/,
    ],
  ])("says what is wrong with a configuration that %s", async (_name, config, message) => {
    using repository = canal("canal-ts", version, version === "v5" ? ["ts-node", "typescript"] : []);
    repository.write({ "mikro-orm.config.ts": config });
    const project = withDefaults({
      tool: "mikro-orm",
      directory: ".",
      configFile: "mikro-orm.config.ts",
      migrations: ["src/migrations"],
    });
    expect(await complaint(repository.root, project)).toMatch(message);
  });

  it("names a section that does not exist", async () => {
    using repository = canal("canal-esm", version, ["tsx"]);
    const [project] = detected(repository.root) as [Project];
    expect(await complaint(repository.root, { ...project, section: "ferries" })).toBe(
      "ConfigurationError config/orm.ts: It exports no MikroORM configuration with the `contextName` ferries.",
    );
  });

  it("says which package is missing", async () => {
    using repository = canal("canal-ts", version);
    rmSync(join(repository.root, "node_modules/@mikro-orm/migrations"));
    expect(await complaint(repository.root)).toBe(
      "ToolError @mikro-orm/migrations is not installed in the project. Install the project's dependencies first, for example with `npm ci`.",
    );
  });

  it("says where migrations are missing that were never built, and creates no folder for them", async () => {
    using repository = canal("canal-js", version);
    repository.write({
      "mikro-orm.config.js": `const { PostgreSqlDriver } = require("@mikro-orm/postgresql");
      module.exports = { driver: PostgreSqlDriver, dbName: "canal", migrations: { path: "dist/migrations" } };`,
    });
    const project = withDefaults({
      tool: "mikro-orm",
      directory: ".",
      configFile: "mikro-orm.config.js",
      migrations: [],
    });
    expect(await complaint(repository.root, project)).toBe(
      "ToolError The migrations directory dist/migrations of the MikroORM configuration does not exist. " +
        "Build the project first, or set `migrations.pathTs` to its sources.",
    );
    expect(repository.git("status", "--porcelain")).toBe("M mikro-orm.config.js");
  });
});

it("uses the sources where only what is built from them is configured and nothing was built", async () => {
  using repository = canal("canal-js", "v7");
  repository.write({
    "mikro-orm.config.js": `const { PostgreSqlDriver } = require("@mikro-orm/postgresql");
    module.exports = { driver: PostgreSqlDriver, dbName: "canal", migrations: { path: "dist/migrations" } };`,
  });
  await using session = await openCanal(repository.root, undefined);
  expect((await session.history()).revisions.map(({ file }) => file)).toEqual([
    "migrations/Migration20260301080000_locks.js",
    "migrations/Migration20260303080000_lock_name_index.cjs",
  ]);
});

it("needs no configuration where a package has migrations and no more", async () => {
  using repository = canal("canal-js", "v6");
  rmSync(join(repository.root, "mikro-orm.config.js"));
  await using session = await openCanal(repository.root, undefined);
  expect((await session.history()).revisions).toHaveLength(2);
});

it("says which Node MikroORM needs", async () => {
  using repository = canal("canal-js", "v7");
  const manifest = join(repository.root, "node_modules/@mikro-orm/core");
  rmSync(manifest);
  repository.write({
    "node_modules/@mikro-orm/core/package.json": `{ "version": "7.1.13", "engines": { "node": ">= 99.17.0" } }`,
  });
  expect(await complaint(repository.root)).toMatch(
    /^ToolError MikroORM 7\.1\.13 needs Node 99\.17 or newer, and this is Node \d+\.\d+\.\d+ \(.*\)\. Put a newer one on the path, /,
  );
});

it("knows no version before 5", async () => {
  using repository = canal("canal-js", "v5");
  const core = join(repository.root, "node_modules/@mikro-orm/core");
  rmSync(core);
  repository.write({ "node_modules/@mikro-orm/core/index.js": "" });
  writeFileSync(join(core, "package.json"), `{ "version": "4.5.10" }`);
  expect(await complaint(repository.root)).toBe(
    "ToolError The project has MikroORM 4.5.10; Headgate knows versions 5, 6 and 7. Upgrade MikroORM first.",
  );
});

it("tells a migration that cannot be loaded, and the line, and still lists the others", async () => {
  using repository = canal("canal-js", "v7");
  const file = "migrations/Migration20260302080000_unfinished.js";
  repository.write({
    [file]: `const { Migration } = require("@mikro-orm/migrations");\nexports.A = class A extends Migration {\n  up() { this.addSql( }\n};\n`,
  });
  await using session = await openCanal(repository.root, undefined);
  const { revisions, problems } = await session.history();
  expect(revisions).toHaveLength(3);
  expect(problems).toEqual([
    {
      kind: "unreadable",
      message: `${file} cannot be loaded: Unexpected token '}'`,
      files: [file],
      revisions: ["Migration20260302080000_unfinished"],
      line: 3,
    },
  ]);
});

it("runs with the interpreter that it is told", async () => {
  using repository = canal("canal-js", "v7");
  const [project] = detected(repository.root) as [Project];
  expect(await complaint(repository.root, { ...project, interpreter: "tools/no-such-node" })).toMatch(
    /^ToolError Could not run `.*tools\/no-such-node`: there is no such command\.$/,
  );
  const told = execFileSync("node", ["-p", "process.execPath"], { encoding: "utf8" }).trim();
  await using session = await openCanal(repository.root, undefined, { project: { ...project, interpreter: told } });
  expect(session.greeting.runtimeVersion).toMatch(/^Node \d/);
});

it("finds packages that differ in their versions", async () => {
  using repository = canal("canal-js", "v6");
  rmSync(join(repository.root, "node_modules/@mikro-orm/migrations"));
  link("@mikro-orm/migrations", "v5", repository.root);
  repository.write({
    "package.json": `{ "dependencies": { "@mikro-orm/migrations": "*", "@mikro-orm/postgresql": "*" } }`,
  });
  expect(await complaint(repository.root)).toMatch(
    /^ToolError The installed MikroORM packages differ in their versions: @mikro-orm\/core is 6\.\d+\.\d+, and @mikro-orm\/migrations is 5\.9\.8\. Install the same version of all @mikro-orm packages\.$/,
  );
});
