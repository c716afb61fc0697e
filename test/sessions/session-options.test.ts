import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { sessionOptions } from "../../src/sessions/connection-string.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm, versions } from "../tools/mikro-orm/project.ts";

/** The table of a migration that names no schema is in this one only where the search path of its URL is taken over. */
const up = ["CREATE TABLE boats (id int)", "ALTER TABLE app.boats ADD COLUMN name text"] as const;
const down = "DROP TABLE app.boats";
const prelude = { "roles.sql": "CREATE SCHEMA app;" };

async function upgradeOf(tree: Readonly<Record<string, string>>, prepare: (root: string) => void = () => {}) {
  using repository = testRepository({ ...prelude, ...tree });
  prepare(repository.root);
  const { projects } = await runGate({
    directory: repository.root,
    engine: "embedded",
    outageProbe: false,
    environment: process.env,
  });
  const [project] = projects;
  return {
    upgrade: project?.checks.find(({ id }) => id === "upgrade"),
    found: project?.findings.filter(({ severity }) => severity === "error").map(({ message }) => message),
  };
}
const passed = { upgrade: { status: "passed" }, found: [] };

describe.skipIf(!available("python"))("the search path of a URL that Alembic connects with", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const history = (settings = "") =>
    alembicHistory(
      python,
      [{ id: "a1", upgrade: execute(...up), downgrade: execute(down) }],
      `prelude: [roles.sql]${settings}`,
    );
  const ini = (url: string) => `[alembic]\nscript_location = migrations\nsqlalchemy.url = ${url}\n`;
  const engine = (connect: string, dialect = "psycopg") => `import os
import sqlalchemy
from alembic import context

engine = sqlalchemy.create_engine("postgresql+${dialect}://", creator=lambda: ${connect})
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;

  it.each([
    ["in alembic.ini", { "alembic.ini": ini("postgresql+psycopg://nowhere.invalid/x?options=-csearch_path%%3Dapp") }],
    [
      "for psycopg2",
      { "alembic.ini": ini("postgresql+psycopg2://nowhere.invalid/x?options=-c%%20search_path%%3Dapp") },
    ],
    [
      "of a connection that env.py opens with psycopg",
      {
        "migrations/env.py": `import psycopg\n${engine('psycopg.connect("postgresql://nowhere.invalid/x?options=-csearch_path%3Dapp")')}`,
      },
    ],
    [
      "of a connection that env.py opens with psycopg2",
      {
        "migrations/env.py": `import psycopg2\n${engine("psycopg2.connect(\"host=nowhere.invalid options='-csearch_path=app'\")", "psycopg2")}`,
      },
    ],
  ])("is taken over %s", async (_, files) => {
    expect(await upgradeOf({ ...history(), ...files })).toMatchObject(passed);
  });

  it("is taken over from a variable", async () => {
    const files = {
      ...history(", environment: { BOATS_URL: 'postgresql+psycopg://nowhere.invalid/x?options=-csearch_path%3Dapp' }"),
    };
    const env = files["migrations/env.py"]?.replace(
      'context.config.get_main_option("sqlalchemy.url")',
      'os.environ["BOATS_URL"]',
    );
    expect(await upgradeOf({ ...files, "migrations/env.py": `import os\n${env}` })).toMatchObject(passed);
  });
});

// MikroORM looks for its own table in `public`, whatever the search path is.
const refuses = "DO $$ BEGIN IF current_setting('work_mem') <> '7MB' THEN RAISE 'no options'; END IF; END $$";

it.each(versions)("the options that MikroORM %s connects with are kept", async (version) => {
  const history = mikroOrmHistory({ Migration1: migrationClass("Migration1", refuses, "SELECT 1") });
  const options = '{ options: "-cwork_mem=7MB" }';
  const config = history["mikro-orm.config.js"]?.replace(
    'dbName: "canal",',
    `dbName: "canal", driverOptions: ${version === "v7" ? options : `{ connection: ${options} }`},`,
  );
  const tree = {
    ...history,
    "mikro-orm.config.js": config ?? "",
    "headgate.yml": "projects: [{ directory: . }]\n",
  };
  const install = (root: string) => {
    linkMikroOrm(version, root);
  };
  expect(await upgradeOf(tree, install)).toMatchObject(passed);
});

it("the search path of the URL that a tool for SQL files is given holds for its files", async () => {
  const tree = (url: string) => ({
    "headgate.yml": `projects: [{ directory: ., prelude: [roles.sql], environment: { DATABASE_URL: "${url}" } }]\n`,
    "migrations/1_boats.up.sql": up.join(";\n"),
    "migrations/1_boats.down.sql": down,
  });
  for (const query of ["options=-csearch_path%3Dapp", "search_path=app"])
    expect(await upgradeOf(tree(`postgres://nowhere.invalid/x?${query}`))).toMatchObject(passed);
  expect(await upgradeOf(tree("postgres://nowhere.invalid/x"))).toMatchObject({ upgrade: { status: "failed" } });
});

it("what a variable says of the server, and not of the session, is no option", () => {
  expect(
    sessionOptions({
      A: "postgres://h/d?options=endpoint%3Dx&sslmode=require&application_name=boats",
      B: "host=h dbname=d options=endpoint=x",
      C: "-c search_path=x",
    }),
  ).toBe("");
  expect(sessionOptions({ PGOPTIONS: "-c work_mem=1MB", A: "jdbc:postgresql://h/d?currentSchema=two words,b" })).toBe(
    "-c work_mem=1MB -c search_path=two\\ words,b",
  );
});
