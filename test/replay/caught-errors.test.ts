import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { mikroOrmHistory } from "../support/mikro-orm-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { linkMikroOrm, versions } from "../tools/mikro-orm/project.ts";

/** What is found of errors that code caught, as `revision direction: rule (severity) line`, and the statements. */
async function found(tree: Readonly<Record<string, string>>, install: (root: string) => void = () => {}) {
  using repository = testRepository(tree);
  install(repository.root);
  const { projects } = await runGate({
    directory: repository.root,
    engine: "embedded",
    outageProbe: false,
    otherProcess: false,
    environment: process.env,
  });
  return projects
    .flatMap(({ findings }) => findings)
    .filter(({ ruleId }) => /^error-caught$|^upgrade-/.test(ruleId))
    .map(
      ({ revision, direction, ruleId, severity, line, message }) =>
        `${revision} ${direction}: ${ruleId} (${severity}) ${line}: ${/Statement: (.*)/.exec(message)?.[1]}`,
    );
}

describe.skipIf(!available("python"))("an error that an Alembic migration catches is told", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  it("of a savepoint and outside a transaction, both ways, beside other work", { timeout: 120_000 }, async () => {
    const caught = (sql: string) =>
      `try:\n    with op.get_bind().begin_nested():\n        ${execute(sql)}\nexcept Exception:\n    pass`;
    expect(
      await found(
        alembicHistory(python, [
          {
            id: "a1",
            upgrade: `${execute("CREATE TABLE boats (id int)")}\n${caught("ALTER TABLE boatz ADD name text")}`,
            downgrade: `${caught("DROP TABLE boatz")}\n${execute("DROP TABLE boats")}`,
          },
          {
            id: "b2",
            down: "a1",
            upgrade: `with op.get_context().autocommit_block():\n    try:\n        ${execute("CREATE INDEX CONCURRENTLY on boatz (id)")}\n    except Exception:\n        pass\n    ${execute("CREATE INDEX i ON boats (id)")}`,
            downgrade: execute("DROP INDEX i"),
          },
          {
            id: "c3",
            down: "b2",
            upgrade: execute("SAVEPOINT s", "ROLLBACK TO s", "ALTER TABLE boats ADD a int"),
            downgrade: execute("ALTER TABLE boats DROP a"),
          },
          { id: "e5", down: "d4", upgrade: caught("ALTER TABLE boatz ADD c int") },
          {
            id: "d4",
            down: "c3",
            upgrade: `with op.get_context().autocommit_block():\n    ${execute("CREATE SEQUENCE q")}\n    ${execute("BEGIN")}\n    ${execute("ALTER TABLE boats ADD b int")}\n    ${caught("ALTER TABLE boatz ADD b int").replaceAll("\n", "\n    ").replace("with op.get_bind().begin_nested()", "if True")}\n    ${execute("COMMIT")}`,
            downgrade: execute("DROP SEQUENCE q"),
          },
        ]),
      ),
    ).toEqual([
      "a1 up: error-caught (warning) 13: ALTER TABLE boatz ADD name text",
      "a1 down: error-caught (warning) 20: DROP TABLE boatz",
      "b2 up: error-caught (warning) 12: CREATE INDEX CONCURRENTLY on boatz (id)",
      "d4 up: upgrade-rolled-back (error) 16: ALTER TABLE boatz ADD b int",
      "e5 up: error-caught (warning) 12: ALTER TABLE boatz ADD c int",
    ]);
  });
});

describe.each(versions)("an error that a migration of MikroORM %s catches is told", (version) => {
  const migration = (name: string, up: string, down: string, more = "") =>
    `export class ${name} extends Migration {
  async up() { ${up} }
  async down() { ${down} }
  ${more}
}
`;
  const send = (sql: string) => `await this.execute(${JSON.stringify(sql)});`;
  const caught = (sql: string) => `try { ${send(sql)} } catch {}`;
  const outside = "isTransactional() { return false; }";

  it("where it does not end the transaction, and with it the migration", { timeout: 120_000 }, async () => {
    const tree = mikroOrmHistory({
      Migration1: migration(
        "Migration1",
        `${send("CREATE TABLE boats (id int)")} ${caught("ALTER TABLE boatz ADD a int")}`,
        caught("DROP TABLE boatz") + send("DROP TABLE boats"),
        outside,
      ),
      Migration2: migration(
        "Migration2",
        `${send("CREATE TABLE locks (id int)")} ${caught("ALTER TABLE lockz ADD a int")}`,
        send("DROP TABLE IF EXISTS locks"),
      ),
    });
    const install = (root: string) => {
      linkMikroOrm(version, root);
    };
    expect(await found(tree, install)).toEqual([
      "Migration2 up: upgrade-fails (error) undefined: ALTER TABLE lockz ADD a int",
      "Migration1 up: error-caught (warning) 4: ALTER TABLE boatz ADD a int",
      "Migration1 down: error-caught (warning) 5: DROP TABLE boatz",
    ]);
  });
});
