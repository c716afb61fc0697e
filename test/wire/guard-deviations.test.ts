import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { alembicHistory, asynchronousEnvironment } from "../support/alembic-history.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { rehearseAndApply } from "../support/rehearse-and-apply.ts";
import { testRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm } from "../tools/mikro-orm/project.ts";

await loadParser();

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

/** What differs between a rehearsal and production. */
type Deviation =
  | "nothing"
  | "a row"
  | "the clock"
  | "an environment variable"
  | "the database's name"
  | "a row, doing less";

const deviations: readonly Deviation[] = [
  "a row",
  "the clock",
  "an environment variable",
  "the database's name",
  "a row, doing less",
];

async function expectStopped(repository: TestRepository, deviation: string, between?: () => void): Promise<void> {
  const { outcome, guarded, tables, recorded } = await rehearseAndApply(server, repository, { between });
  if (deviation === "nothing") {
    expect({ kind: outcome.kind, guarded }).toEqual({ kind: "done", guarded: { passed: expect.any(Number) } });
    expect(tables).toContain("boats");
    expect(recorded).toBe(1);
    return;
  }
  expect(guarded.refusal).toBeDefined();
  expect(outcome).toMatchObject({ kind: "failed" });
  expect(JSON.stringify([outcome, guarded])).not.toContain("planted-row-value");
  expect(tables).toEqual(["precious", "settings"]);
  expect(recorded).toBe(0);
}

describe.skipIf(!available("python")).each(["psycopg", "psycopg2", "asyncpg", "pg8000"])(
  "Alembic with %s",
  (driver) => {
    let python: string;
    beforeAll(async () => {
      python = await pythonWith(currentAlembic);
    }, 600_000);

    const condition: Record<Deviation, string> = {
      nothing: "False",
      "a row": "op.get_bind().exec_driver_sql('select count(*) from settings').scalar() > 0",
      "the clock": "False",
      "an environment variable": "os.environ.get('REGION') == 'production'",
      "the database's name": "op.get_bind().exec_driver_sql('select current_database()').scalar() == 'production'",
      "a row, doing less": "op.get_bind().exec_driver_sql('select count(*) from settings').scalar() > 0",
    };

    // What a migration sees is the same with every driver; how it is sent is not.
    const some = driver === "psycopg" ? deviations : (["a row"] as const);
    test.each(["nothing", ...some] as const)(
      "%s",
      async (deviation) => {
        const upgrade = `special = ${condition[deviation]}
op.execute("CREATE TABLE boats (id int)")
${deviation === "the clock" ? `op.execute(f"CREATE TABLE boats_{time.time_ns()} (id int)")` : ""}
${deviation === "a row, doing less" ? "" : `if special: op.execute("DROP TABLE precious")`}
if not (special and ${deviation === "a row, doing less" ? "True" : "False"}): op.execute("ALTER TABLE boats ADD name text")`;
        const history = alembicHistory(python, [{ id: "r0", upgrade, atImport: "import os, time" }]);
        using repository = testRepository({
          ...history,
          "alembic.ini": history["alembic.ini"]?.replace("+psycopg:", `+${driver}:`) ?? "",
          ...(driver === "asyncpg" && { "migrations/env.py": asynchronousEnvironment }),
        });
        await expectStopped(repository, deviation);
      },
      60_000,
    );
  },
);

describe.each(["v6", "v7"] as const)("MikroORM %s", (version) => {
  const condition: Record<Deviation, string> = {
    nothing: "false",
    "a row": "(await this.execute('select name from settings')).length > 0",
    "the clock": "false",
    "an environment variable": "process.env.REGION === 'production'",
    "the database's name": "(await this.execute('select current_database() as name'))[0].name === 'production'",
    "a row, doing less": "(await this.execute('select name from settings')).length > 0",
  };

  test.each(["nothing", ...deviations] as const)(
    "%s",
    async (deviation) => {
      const less = deviation === "a row, doing less";
      using repository = testRepository(
        mikroOrmHistory({
          Migration20260101080000: `export class Migration20260101080000 extends Migration {
  async up() {
    const special = ${condition[deviation]};
    this.addSql("create table boats (id int)");
    ${deviation === "the clock" ? "this.addSql(`create table boats_${process.hrtime.bigint()} (id int)`);" : ""}
    ${less ? "" : 'if (special) this.addSql("drop table precious");'}
    if (!(special && ${less})) this.addSql("alter table boats add name text");
  }
  async down() {}
}
`,
        }),
      );
      linkMikroOrm(version, repository.root);
      await expectStopped(repository, deviation);
    },
    60_000,
  );
});

describe("SQL files", () => {
  const path = "migrations/20260101080000_boats.sql";
  const file = (...up: readonly string[]): string =>
    ["-- migrate:up", ...up, "-- migrate:down", "drop table boats;", ""].join("\n");
  const create = "create table boats (id int);";
  const add = "alter table boats add name text;";
  const drop = "drop table precious;";

  test.each([
    ["nothing", file(create, add)],
    ["another statement", file(create, add, drop)],
    ["a statement in between", file(create, drop, add)],
    ["a statement less", file(create)],
    ["a constant", file(create, "alter table boats add name varchar(9);")],
  ])("%s", async (deviation, content) => {
    using repository = testRepository({ [path]: file(create, add) });
    await expectStopped(repository, deviation, () => repository.write({ [path]: content }));
  });
});
