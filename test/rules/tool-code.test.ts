import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { rules } from "../../src/rules/registry.ts";
import type { ProgramTool } from "../../src/rules/tool-code.ts";
import { walkScript } from "../../src/rules/walk.ts";
import { openSession, type Session } from "../../src/schema/session.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { splitStatements } from "../../src/sql/split-statements.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { type TestRepository, testDirectory } from "../support/repository.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { fixture, fixtureSettings, historyOf, judged, scriptOf } from "./fixtures.ts";

const run = promisify(execFile);

/** A statement of a fixture, or what is advised in its place as code. */
interface Unit {
  readonly sql?: string;
  /** One piece a migration. */
  readonly code?: readonly string[];
}

const isCode = (part: string) => /^(?:with |op\.|# \d|export class )/.test(part);

/** A migration that sends statements as they are. */
const plain: Readonly<Record<ProgramTool, (statements: readonly string[]) => string>> = {
  alembic: (statements) =>
    [
      "with op.get_context().autocommit_block():",
      ...statements.map((sql) => `    op.get_bind().exec_driver_sql(${JSON.stringify(sql)})`),
    ].join("\n"),
  "mikro-orm": (statements) =>
    [
      "export class Migration… extends Migration {\n  isTransactional() {\n    return false;\n  }\n  async up() {",
      ...statements.map((sql) => `    this.addSql(${JSON.stringify(sql)});`),
      "  }\n}",
    ].join("\n"),
};

/** The migrations that a help shows: what stands below each `With Alembic:`, and the statements that are shown without it. */
const codeOf = (help: string, tool: ProgramTool): readonly string[] => {
  const parts = help.split("\n\n");
  const isHow = (part = "") => part.startsWith(tool === "alembic" ? "With Alembic" : "With MikroORM");
  if (!parts.some(isHow)) return [];
  return parts.flatMap((part, index) => {
    if (isCode(part)) return [part];
    return /^[A-Z]{2,}\b[^]*;$/.test(part) && !isHow(parts[index + 1])
      ? [plain[tool](splitStatements(part).map(({ sql }) => sql.trim()))]
      : [];
  });
};

/** What is sent for the bad fixture of a rule when its advice is followed; nothing where none is code. */
function followed(id: string, tool: ProgramTool): readonly Unit[] {
  const migrations = fixture(id, "bad");
  const options = { rules, majors: [18], settings: fixtureSettings(id), tool };
  const { findings } = judged(historyOf(migrations), options);
  const units: Unit[] = [];
  let session: Session = openSession();
  for (const [number, migration] of migrations.entries()) {
    const walked = walkScript({ ...session, migration: number }, scriptOf(migration));
    session = walked.session;
    for (const { node, sql, line } of walked.steps.filter(({ inner }) => !inner)) {
      if ("TransactionStmt" in node) continue;
      const codes = findings
        .filter((finding) => finding.ruleId === id && finding.file === migration.file && finding.line === line)
        .flatMap(({ help = "" }) => codeOf(help, tool));
      units.push(codes.length > 0 ? { code: codes } : { sql });
    }
  }
  return units.some(({ code }) => code) ? units : [];
}

/** The rules whose advice is code, each with what to run. */
const asked = (tool: ProgramTool) =>
  rules.flatMap(({ id }) => {
    const units = followed(id, tool);
    return units.length === 0 ? [] : [{ id, units }];
  });

const written = (directory: TestRepository, files: Readonly<Record<string, string>>): void => {
  for (const [path, content] of Object.entries(files)) directory.write({ [path]: content });
};

describe("advice as code", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    await loadParser();
    server = await startTestServer(18);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const emptyDatabase = async (name: string): Promise<string> => {
    await using client = await createTestDatabase(server, name);
    const { user, password, host, port } = client;
    return `postgresql://${user}:${encodeURIComponent(password ?? "")}@${host}:${port}/${encodeURIComponent(name)}`;
  };

  it.skipIf(!available("python"))("runs in Alembic, of every rule that gives some", { timeout: 300_000 }, async () => {
    using directory = testDirectory();
    const urls: Record<string, string> = {};
    for (const { id, units } of asked("alembic")) {
      urls[id] = await emptyDatabase(`alembic ${id}`);
      const bodies = units.flatMap(({ sql, code }) =>
        (code ?? [plain.alembic([sql ?? ""])]).map((body) => body.replaceAll(/^(?=.)/gm, "    ")),
      );
      written(directory, {
        [`${id}/env.py`]: [
          "from alembic import context",
          "from sqlalchemy import create_engine",
          'with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:',
          "    context.configure(connection=connection)",
          "    with context.begin_transaction():",
          "        context.run_migrations()\n",
        ].join("\n"),
        [`${id}/script.py.mako`]: "",
        ...Object.fromEntries(
          bodies.map((body, index) => [
            `${id}/versions/r${index}.py`,
            `from alembic import op\n\nrevision = "r${index}"\ndown_revision = ${index === 0 ? "None" : `"r${index - 1}"`}\n\ndef upgrade():\n${body}\n`,
          ]),
        ),
      });
    }
    expect(Object.keys(urls).length).toBeGreaterThan(12);
    written(directory, {
      "run.py": `import json, sys
from alembic import command
from alembic.config import Config
failed = {}
for rule, url in json.load(open("urls.json")).items():
    config = Config()
    config.set_main_option("script_location", rule)
    config.set_main_option("sqlalchemy.url", "postgresql+psycopg" + url.removeprefix("postgresql").replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except Exception as error:
        failed[rule] = str(error)
print(json.dumps(failed))
`,
      "urls.json": JSON.stringify(urls),
    });
    const { stdout } = await run(await pythonWith(currentAlembic), ["run.py"], { cwd: directory.root });
    expect(JSON.parse(stdout)).toEqual({});
  });

  it.each(["v6", "v7"] as const)(
    "runs in MikroORM %s, of every rule that gives some",
    { timeout: 300_000 },
    async (version) => {
      using directory = testDirectory();
      for (const name of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"])
        link(name, version, directory.root);
      const urls: Record<string, string> = {};
      for (const { id, units } of asked("mikro-orm")) {
        urls[id] = await emptyDatabase(`${version} ${id}`);
        const classes = units.flatMap(({ sql, code }) => code ?? [plain["mikro-orm"]([sql ?? ""])]);
        written(directory, {
          [`${id}.mjs`]: `import { Migration } from "@mikro-orm/migrations";\n\n${classes
            .map((source, index) => source.replace("Migration…", `Migration${String(index).padStart(14, "0")}`))
            .join("\n\n")}\n`,
        });
      }
      expect(Object.keys(urls).length).toBeGreaterThan(12);
      written(directory, {
        "run.mjs": `import { Migrator } from "@mikro-orm/migrations";
import { MikroORM } from "@mikro-orm/postgresql";
import { readFileSync } from "node:fs";
const failed = {};
for (const [rule, clientUrl] of Object.entries(JSON.parse(readFileSync("urls.json", "utf8")))) {
  const classes = Object.entries(await import("./" + rule + ".mjs"));
  const orm = await MikroORM.init({
    clientUrl, entities: [], discovery: { warnWhenNoEntities: false }, extensions: [Migrator],
    migrations: {
      migrationsList: classes.map(([name, each]) => ({ name, class: each })),
      allOrNothing: false, snapshot: false, silent: true,
    },
  });
  try {
    await (orm.migrator ?? orm.getMigrator()).up();
  } catch (error) {
    failed[rule] = error.message;
  }
  await orm.close(true);
}
process.stdout.write(JSON.stringify(failed));
`,
        "urls.json": JSON.stringify(urls),
      });
      const { stdout } = await run(process.execPath, [join(directory.root, "run.mjs")], { cwd: directory.root });
      expect(JSON.parse(stdout)).toEqual({});
    },
  );
});
