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

/** The boats of several schemas: which of them a migration takes is for `search_path` to say. */
const setup = `create schema quay; create table quay.boats (name text); insert into quay.boats values ('Argo');
  create schema lock; create table lock.boats (name text); insert into lock.boats values ('Beagle');
  create table boats (name text); insert into boats values ('Cutty')`;

/** What a migration does in production that it did not do in its rehearsal, with the setting that says which rows go. */
type Deviation =
  | "nothing"
  | "leaves it out"
  | "says it later"
  | "says another"
  | "takes it from a row"
  | "has the database take it from a row"
  | "says more";
const deviations: readonly Deviation[] = [
  "leaves it out",
  "says it later",
  "says another",
  "takes it from a row",
  "has the database take it from a row",
  "says more",
];

async function expectHeld(repository: TestRepository, deviation: Deviation, between?: () => void): Promise<void> {
  const { outcome, guarded, boats, recorded } = await rehearseAndApply(server, repository, { setup, between });
  expect(JSON.stringify([outcome, guarded])).not.toContain("planted-row-value");
  if (deviation === "nothing") {
    expect({ kind: outcome.kind, guarded }).toEqual({ kind: "done", guarded: { passed: expect.any(Number) } });
    expect([boats, recorded]).toEqual([["Beagle", "Cutty"], 1]);
    return;
  }
  expect(guarded.refusal?.message).toMatch(
    deviation === "has the database take it from a row"
      ? /^Headgate stopped revision \S+ behind statement \d \(SELECT\): it has set something to another value than in the rehearsal\.$|it came in one message with what its value decides about\.$/
      : /^Headgate did not send \w+(?: \w+)? of revision \S+ to the database: it (?:sets|came in a session that had not set) (?:search_path|role)[^.]*\.$/,
  );
  expect(outcome.kind).toBe("failed");
  expect([boats, recorded]).toEqual([["Argo", "Beagle", "Cutty"], 0]);
}

describe.skipIf(!available("python")).each(["psycopg", "psycopg2", "asyncpg"])("Alembic with %s", (driver) => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const setPath = `op.execute("SET LOCAL search_path TO quay, public")`;
  const bind = (value: string): string =>
    `op.get_bind().execute(sqlalchemy.text("SELECT set_config('search_path', :path, true)"), {"path": ${value}})`;
  const remove = `op.execute("DELETE FROM boats")`;
  const row = `op.get_bind().exec_driver_sql("select coalesce(max(name), 'quay, public') from settings").scalar()`;
  const upgrades: Record<Deviation, readonly string[]> = {
    nothing: [setPath, bind("'quay, public'"), remove],
    "leaves it out": [`if not special: ${setPath}`, remove],
    "says it later": [`if not special: ${setPath}`, remove, `if special: ${setPath}`],
    "says another": [`op.execute("SET LOCAL search_path TO " + ("lock" if special else "quay") + ", public")`, remove],
    "takes it from a row": [bind(row), remove],
    "has the database take it from a row": [
      `op.execute("SELECT set_config('search_path', coalesce(max(name), 'quay, public'), true) FROM settings")`,
      remove,
    ],
    "says more": [setPath, `if special: op.execute("SET ROLE postgres")`, remove],
  };

  const some =
    driver === "psycopg"
      ? deviations
      : (["leaves it out", "takes it from a row", "has the database take it from a row"] as const);
  test.each(["nothing", ...some] as const)(
    "%s",
    async (deviation) => {
      const upgrade = [
        `special = op.get_bind().exec_driver_sql("select count(*) from settings").scalar() > 0`,
        ...upgrades[deviation],
      ].join("\n");
      const history = alembicHistory(python, [{ id: "r0", upgrade, atImport: "import sqlalchemy" }]);
      using repository = testRepository({
        ...history,
        "alembic.ini": history["alembic.ini"]?.replace("+psycopg:", `+${driver}:`) ?? "",
        ...(driver === "asyncpg" && { "migrations/env.py": asynchronousEnvironment }),
      });
      await expectHeld(repository, deviation);
    },
    60_000,
  );
});

describe.each(["v6", "v7"] as const)("MikroORM %s", (version) => {
  const setPath = `this.addSql("set local search_path to quay, public");`;
  const remove = `this.addSql("delete from boats");`;
  const upgrades: Record<Deviation, readonly string[]> = {
    nothing: [setPath, remove],
    "leaves it out": [`if (!special) ${setPath}`, remove],
    "says it later": [`if (!special) ${setPath}`, remove, `if (special) ${setPath}`],
    "says another": ["this.addSql(`set local search_path to ${special ? 'lock' : 'quay'}, public`);", remove],
    "takes it from a row": [
      `const [{ path }] = await this.execute("select coalesce(max(name), 'quay, public') as path from settings");`,
      "await this.execute('select set_config(?, ?, true)', ['search_path', path]);",
      remove,
    ],
    "has the database take it from a row": [
      `this.addSql("select set_config('search_path', coalesce(max(name), 'quay, public'), true) from settings");`,
      remove,
    ],
    "says more": [setPath, `if (special) this.addSql("set role postgres");`, remove],
  };

  test.each(["nothing", ...deviations] as const)(
    "%s",
    async (deviation) => {
      using repository = testRepository(
        mikroOrmHistory({
          Migration20260101080000: `export class Migration20260101080000 extends Migration {
  async up() {
    const special = (await this.execute("select name from settings")).length > 0;
    ${upgrades[deviation].join("\n    ")}
  }
  async down() {}
}
`,
        }),
      );
      linkMikroOrm(version, repository.root);
      await expectHeld(repository, deviation);
    },
    60_000,
  );
});

describe.each([
  ["golang-migrate", "migrations/1_boats.up.sql", (...sql: readonly string[]) => `${sql.join("\n")}\n`],
  [
    "goose",
    "migrations/1_boats.sql",
    (...sql: readonly string[]) => `-- +goose Up\n${sql.join("\n")}\n-- +goose Down\nSELECT 1;\n`,
  ],
  [
    "goose without a transaction",
    "migrations/1_boats.sql",
    (...sql: readonly string[]) =>
      `-- +goose NO TRANSACTION\n-- +goose Up\n${sql.join("\n")}\n-- +goose Down\nSELECT 1;\n`,
  ],
])("%s", (_, path, file) => {
  const setPath = "SET search_path = quay;";
  const remove = "DELETE FROM boats;";
  const reset = "RESET search_path;";
  const asked = "SELECT set_config('search_path', coalesce(max(name), 'quay, public'), false) FROM settings;";
  const upgrades: Record<Exclude<Deviation, "takes it from a row">, string> = {
    nothing: file(setPath, remove, reset),
    "has the database take it from a row": file(asked, remove, reset),
    "leaves it out": file(remove, reset),
    "says it later": file(remove, setPath, reset),
    "says another": file("SET search_path = lock;", remove, reset),
    "says more": file(setPath, "SET ROLE postgres;", remove, reset),
  };

  test.each(Object.keys(upgrades) as (keyof typeof upgrades)[])("%s", async (deviation) => {
    const rehearsed = deviation === "has the database take it from a row" ? deviation : "nothing";
    using repository = testRepository({ [path]: upgrades[rehearsed] });
    await expectHeld(repository, deviation, () => repository.write({ [path]: upgrades[deviation] }));
  });
});
