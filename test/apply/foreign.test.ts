import { describe, expect, it } from "vitest";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { migrationClass, mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { link } from "../tools/mikro-orm/project.ts";
import { testServers } from "./servers.ts";
import { boats, type TestTarget } from "./target.ts";

const { target } = testServers();

/** Stopped before the foreign statement, and nothing of the revision is left. */
async function expectStopped(to: TestTarget, revision: string, command: string): Promise<void> {
  await expect(to.apply()).rejects.toThrow(
    new RegExp(
      `\`${revision}\` was stopped: Headgate did not send ${command} of revision ${revision} to the database: it came .*Nothing of it is left`,
      "s",
    ),
  );
  expect(await to.column("SELECT to_regclass('precious')::text")).toEqual(["precious"]);
  expect(await to.column("SELECT to_regclass('begun')::text")).toEqual([null]);
  expect((await to.status()).pending).toEqual([revision]);
}

describe.skipIf(!available("python"))("an Alembic migration that does something else in production", () => {
  it.each([
    ["reads a row", 'op.get_bind().exec_driver_sql("SELECT count(*) FROM precious").scalar() > 0'],
    ["asks for the database's name", 'op.get_bind().exec_driver_sql("SELECT current_database()").scalar() == "TARGET"'],
  ])("%s", async (_, condition) => {
    const first = { id: "a1", upgrade: execute("CREATE TABLE precious (id int)") };
    const files = alembicHistory(await pythonWith(currentAlembic), [first]);
    await using to = await target(files);
    await to.apply();
    await to.client.query("INSERT INTO precious VALUES (1)");
    const name = to.database;
    const upgrade = `${execute("CREATE TABLE begun (id int)")}\nif ${condition.replace("TARGET", name)}:\n    op.execute("DROP TABLE precious")`;
    to.repository.write(alembicHistory(await pythonWith(currentAlembic), [first, { id: "b2", down: "a1", upgrade }]));
    await expectStopped(to, "b2", "DROP TABLE");
  });
});

describe.skipIf(!available("python"))("an Alembic migration that raises", () => {
  it("does not tell what it has read", async () => {
    const first = { id: "a1", upgrade: execute("CREATE TABLE precious (name text)") };
    await using to = await target(alembicHistory(await pythonWith(currentAlembic), [first]));
    await to.apply();
    await to.client.query("INSERT INTO precious VALUES ('planted-name')");
    const upgrade = `for (name,) in op.get_bind().exec_driver_sql("SELECT name FROM precious"):\n    raise ValueError(f"bad {name}")`;
    to.repository.write(alembicHistory(await pythonWith(currentAlembic), [first, { id: "b2", down: "a1", upgrade }]));
    const error = await to.apply().catch((thrown: Error) => thrown);
    expect(String(error)).toContain("`b2` failed: its code raised ValueError;");
    expect(String(error)).not.toContain("planted-name");
  });
});

describe("a MikroORM migration that does something else in production", () => {
  it("reads a row", async () => {
    const files = mikroOrmHistory({
      Migration20260101000000: migrationClass(
        "Migration20260101000000",
        "CREATE TABLE precious (id int)",
        "DROP TABLE precious",
      ),
    });
    await using to = await target(files);
    for (const name of ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/postgresql"])
      link(name, "v7", to.repository.root);
    await to.apply();
    await to.client.query("INSERT INTO precious VALUES (1)");
    to.repository.write(
      mikroOrmHistory({
        Migration20260101000000: migrationClass(
          "Migration20260101000000",
          "CREATE TABLE precious (id int)",
          "DROP TABLE precious",
        ),
        Migration20260102000000: `export class Migration20260102000000 extends Migration {
  async up() {
    await this.execute("CREATE TABLE begun (id int)");
    const rows = await this.execute("SELECT id FROM precious");
    if (rows.length > 0) await this.execute("DROP TABLE precious");
  }
}`,
      }),
    );
    await expectStopped(to, "Migration20260102000000", "DROP TABLE");
  });
});

describe("secrets", () => {
  it("are in no message, report, ledger row or status", async () => {
    await using to = await target({
      ...boats,
      "migrations/3_fails.up.sql": "ALTER TABLE boats ADD CONSTRAINT named CHECK (name <> 'planted-name');\n",
    });
    await to.client.query(`CREATE ROLE weigher LOGIN SUPERUSER PASSWORD 'planted-password'`);
    const databaseUrl = to.url.replace(/\/\/[^@]*@/, "//weigher:planted-password@");
    const said: string[] = [];
    const environment = { ...process.env };
    await to
      .apply({ databaseUrl, environment, onProgress: (step) => said.push(step) })
      .catch((error: Error) => said.push(`${error.stack} ${JSON.stringify(error)}`));
    // The constraint holds on no row here: it is there now, and broken by hand for a second try.
    await to.client.query(
      "ALTER TABLE boats DROP CONSTRAINT IF EXISTS named; UPDATE schema_migrations SET version = 2; INSERT INTO boats VALUES (1, 'planted-name')",
    );
    const error = await to
      .apply({ databaseUrl, environment, onProgress: (step) => said.push(step) })
      .catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(Error);
    said.push(`${(error as Error).message} ${(error as Error).stack} ${JSON.stringify(error)}`);
    said.push(JSON.stringify(await to.status()));
    said.push(
      JSON.stringify(await to.rows("SELECT * FROM headgate.run")),
      JSON.stringify(await to.rows("SELECT * FROM headgate.entry")),
    );
    const everything = said.join("\n");
    expect(everything).toContain("23514");
    expect(everything).not.toContain("planted-password");
    // The text of the migration itself may be quoted; the row that breaks it may not.
    expect(everything.replaceAll("CHECK (name <> 'planted-name')", "")).not.toContain("planted-name");
  });
});
