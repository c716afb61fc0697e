import { beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute, type AlembicRevision } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

const first: AlembicRevision = {
  id: "a1",
  upgrade: execute("CREATE TYPE kind AS ENUM ('barge')", "CREATE TABLE boats (kind kind)"),
  downgrade: execute("DROP TABLE boats", "DROP TYPE kind"),
};
/** A value cannot be used in the transaction that adds it. */
const second: readonly AlembicRevision[] = [
  {
    id: "b2",
    down: "a1",
    upgrade: execute("ALTER TYPE kind ADD VALUE IF NOT EXISTS 'dinghy'"),
    // What adds a value has no way back in PostgreSQL; the type is made anew.
    downgrade: execute(
      "ALTER TYPE kind RENAME TO old_kind",
      "CREATE TYPE kind AS ENUM ('barge')",
      "ALTER TABLE boats ALTER COLUMN kind TYPE kind USING kind::text::kind",
      "DROP TYPE old_kind",
    ),
  },
  {
    id: "c3",
    down: "b2",
    upgrade: execute("INSERT INTO boats VALUES ('dinghy')"),
    downgrade: execute("DELETE FROM boats WHERE kind = 'dinghy'"),
  },
];

describe.skipIf(!available("python"))("several new Alembic revisions", () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  async function gate(revisions: readonly AlembicRevision[], changed: (env: string) => string = (env) => env) {
    const files = alembicHistory(python, [first]);
    const env = changed(files["migrations/env.py"] ?? "");
    using repository = testRepository({ ...files, "migrations/env.py": env });
    repository.commit("boats");
    repository.git("checkout", "--quiet", "-b", "topic");
    repository.write({ ...alembicHistory(python, [first, ...revisions]), "migrations/env.py": env });
    repository.commit("dinghies");
    const verdict = await runGate({
      directory: repository.root,
      engine: "embedded",
      base: "main",
      environment: process.env,
    });
    const [project] = verdict.projects;
    return {
      statuses: Object.fromEntries((project?.checks ?? []).map(({ id, status }) => [id, status])),
      // What the rules say of single statements is tested elsewhere.
      findings: (project?.findings ?? []).filter(
        ({ severity, statement }) => severity === "error" && statement === undefined,
      ),
    };
  }

  it("are refused when one transaction cannot hold them all, which is what `alembic upgrade` makes", async () => {
    const { statuses, findings } = await gate(second);
    expect(findings).toMatchObject([
      {
        ruleId: "upgrade-at-once-fails",
        revision: "c3",
        file: "migrations/versions/c3.py",
        message: expect.stringMatching(/^`c3` fails when all new revisions are applied in one run.*SQLSTATE 55P04/s),
        help: expect.stringContaining("transaction_per_migration=True"),
      },
    ]);
    expect(statuses).toMatchObject({ upgrade: "failed", downgrade: "passed", reupgrade: "passed" });
  });

  it("pass where env.py gives each a transaction of its own", async () => {
    const { statuses, findings } = await gate(second, (env) =>
      env.replace("connection=connection", "connection=connection, transaction_per_migration=True"),
    );
    expect(findings).toEqual([]);
    expect(statuses).toMatchObject({ upgrade: "passed", downgrade: "passed", reupgrade: "passed" });
  });

  it("pass where one transaction holds them", async () => {
    const column = (name: string, id: string, down: string): AlembicRevision => ({
      id,
      down,
      upgrade: execute(`ALTER TABLE boats ADD COLUMN ${name} int`),
      downgrade: execute(`ALTER TABLE boats DROP COLUMN ${name}`),
    });
    const { statuses } = await gate([
      column("length", "b2", "a1"),
      column("width", "c3", "b2"),
      column("draught", "d4", "c3"),
    ]);
    expect(statuses).toMatchObject({ upgrade: "passed", downgrade: "passed", reupgrade: "passed" });
  });
});
