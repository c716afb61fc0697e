import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

/** What is found of the upgrades, as `revision: rule`. */
async function found(tree: Readonly<Record<string, string>>): Promise<readonly string[]> {
  using repository = testRepository(tree);
  const { projects } = await runGate({
    directory: repository.root,
    engine: "embedded",
    outageProbe: false,
    environment: process.env,
  });
  return projects.flatMap(({ findings }) =>
    findings
      .filter(
        ({ ruleId, severity }) => ruleId.startsWith("upgrade-") || (severity === "error" && ruleId.includes("grade")),
      )
      .map(
        ({ revision, ruleId, severity, message }) =>
          `${revision}: ${ruleId}${severity === "info" ? " (info)" : ""}${/ anywhere: .*(?=\.)/.exec(message)?.[0] ?? ""}`,
      ),
  );
}

describe("an upgrade that does nothing here is told", () => {
  it("of SQL files: where a condition does not hold, and where it is taken back; not where rows could have been there", async () => {
    const file = (name: string, up: string, down = "SELECT 1;") => ({
      [`m/${name}.up.sql`]: up,
      [`m/${name}.down.sql`]: down,
    });
    const drop = (condition: string) => `DO $$ BEGIN IF ${condition} THEN DROP TABLE boats; END IF; END $$;`;
    expect(
      await found({
        ...file("01_boats", "CREATE TABLE boats (id int); CREATE SEQUENCE q;", "DROP TABLE boats; DROP SEQUENCE q;"),
        ...file("02_data", drop("EXISTS (SELECT FROM boats)")),
        ...file("03_name", drop("current_database() = 'production'")),
        ...file("04_rolled_back", "BEGIN; ALTER TABLE boats ADD name text; ROLLBACK;"),
        ...file("05_savepoint", "BEGIN; SAVEPOINT a; INSERT INTO boats VALUES (1); ROLLBACK TO a; COMMIT;"),
        ...file("06_rows", "UPDATE boats SET id = 2 WHERE id = 1;"),
        ...file("07_sequence", "SELECT setval('q', 7);"),
        ...file("08_comments", "-- nothing\n"),
        ...file("11_blank", "\n"),
        ...file(
          "12_error",
          `DO $$ BEGIN ALTER TABLE boatz ADD a int; EXCEPTION WHEN undefined_table THEN NULL; END $$`,
        ),
        ...file(
          "13_handled",
          `DO $$ BEGIN CREATE TYPE t AS ENUM (); EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
          "DROP TYPE t",
        ),
        ...file("15_notify", "SELECT pg_notify('harbour', 'open');"),
        ...file("16_message", "SELECT pg_logical_emit_message(false, 'harbour', 'open');"),
        ...file(
          "17_slot",
          "SELECT pg_create_physical_replication_slot('moor', true);",
          "SELECT pg_drop_replication_slot('moor');",
        ),
        ...file("18_advance", "SELECT pg_replication_slot_advance('moor', pg_current_wal_lsn());"),
        ...file("14_rows", `DO $$ BEGIN UPDATE boats SET id = 2; EXCEPTION WHEN unique_violation THEN NULL; END $$`),
        ...file("10_placeholder", "-- taken back before it was deployed\nSELECT 1;"),
        ...file(
          "09_read_then_rolled_back",
          "BEGIN; SELECT id FROM boats; ROLLBACK; ALTER TABLE boats ADD a int;",
          "ALTER TABLE boats DROP a;",
        ),
      }),
    ).toEqual([
      "2: upgrade-does-nothing",
      "3: upgrade-does-nothing",
      "4: upgrade-rolled-back",
      "8: upgrade-does-nothing (info) anywhere: its file holds comments alone",
      "11: upgrade-does-nothing anywhere: its file is blank",
      "12: upgrade-does-nothing",
    ]);
  });

  it("of templates that nobody filled in; not of the placeholder that a tool wants", async () => {
    expect(
      await found({
        "g/00001_boats.sql": "-- +goose Up\nCREATE TABLE boats (id int);\n-- +goose Down\nDROP TABLE boats;\n",
        "g/00002_template.sql":
          "-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\n-- +goose Down\n-- gone\n",
        "g/00003_placeholder.sql": "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 1;\n",
      }),
    ).toEqual(["2: upgrade-does-nothing anywhere: its file is blank"]);
  });

  describe.skipIf(!available("python"))("of Alembic", () => {
    let python: string;
    beforeAll(async () => {
      python = await pythonWith(currentAlembic);
    }, 600_000);

    it("where its code has a condition, or holds nothing; not where it is there for the graph", async () => {
      const atImport = "import os\nimport sqlalchemy as sa";
      expect(
        await found(
          alembicHistory(python, [
            { id: "a1", upgrade: execute("CREATE TABLE boats (id int)"), downgrade: execute("DROP TABLE boats") },
            {
              id: "b2",
              down: "a1",
              atImport,
              upgrade: 'if os.environ.get("APP_STAGE") == "production":\n    op.drop_table("boats")',
            },
            {
              id: "c3",
              down: "b2",
              atImport,
              upgrade: 'for row in op.get_bind().execute(sa.text("SELECT id FROM boats")):\n    op.drop_table("boats")',
            },
            { id: "d4", down: "c3" },
            { id: "h8", down: "d4", upgrade: execute("SELECT 1"), downgrade: execute("SELECT 1") },
            {
              id: "j0",
              down: "h8",
              atImport,
              upgrade: `${execute("SELECT 1")}\nif os.environ.get("A") == "production": ${execute("DROP TABLE boats")}`,
            },
            { id: "f6", atImport: 'branch_labels = ("canals",)' },
            { id: "g7", down: "f6", atImport: 'depends_on = "a1"' },
            { id: "i9" },
            { id: "e5", down: "j0", upgrade: execute("DELETE FROM boats WHERE id = 1") },
          ]),
        ),
      ).toEqual([
        "i9: upgrade-does-nothing (info) anywhere: its code holds nothing",
        "b2: upgrade-does-nothing",
        "c3: upgrade-does-nothing",
        "d4: upgrade-does-nothing anywhere: its code holds nothing",
        "j0: upgrade-does-nothing",
      ]);
    });
  });
});
