import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import type { HungStep } from "../../src/replay/steps.ts";
import { holding } from "../../src/replay/held-session.ts";
import { roleOf } from "../../src/replay/statement-roles.ts";
import type { Session, StepOutcome } from "../../src/sessions/session.ts";
import { loadParser } from "../../src/sql/parser.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";
import { runGate } from "../../src/gate.ts";
import { alembicHistory, execute, type AlembicRevision } from "../support/alembic-history.ts";
import { startTestServer } from "../support/postgres.ts";
import { currentAlembic, oldAlembic, pythonWith } from "../support/python.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";
import { counting, line, onAlembicStage, table } from "./alembic-stage.ts";

const what = (statements: readonly RecordedStatement[]) => {
  // A client asks what it wants to know of a server when it connects.
  const own = statements.filter((statement) => roleOf(statement, ["alembic_version"]) !== "session");
  const transactions = [...new Set(own.map(({ transaction }) => transaction))];
  return own.map(({ sql, block, transaction, error, evidence: { locks, rewrites, scans, completeness } }) => ({
    sql,
    block,
    transaction: transactions.indexOf(transaction),
    sqlState: error?.sqlState,
    locks,
    rewrites,
    scans: scans.map(({ relation }) => relation),
    completeness,
  }));
};

const told = (outcome: StepOutcome | HungStep) =>
  outcome.kind === "failed" ? outcome.failure : outcome.kind === "done" ? (outcome.warnings ?? "done") : "hung";

describe.skipIf(!available("python")).each(["current", "old"])(
  "steps in one run of the tool, with the %s Alembic",
  (which) => {
    let python: string;
    let server: PostgresServer;
    beforeAll(async () => {
      python = await pythonWith(which === "current" ? currentAlembic : oldAlembic);
      server = await startTestServer();
    }, 600_000);
    afterAll(() => server?.[Symbol.asyncDispose]());

    /** Each revision up, down and up again. */
    const upDownUp = async (
      revisions: readonly AlembicRevision[],
      {
        alone = false,
        environment,
      }: { readonly alone?: boolean; readonly environment?: (runs: string) => string } = {},
    ) => {
      const { result, runs } = await onAlembicStage(
        {
          python,
          server,
          revisions,
          client: which === "current" ? "psycopg" : "psycopg2",
          ...(environment && { environment }),
          only(session) {
            const { hold, ...without } = session;
            expect(hold).toBeDefined();
            return alone ? without : session;
          },
        },
        async (stage, recorder, ids) => {
          const seen: unknown[] = [];
          for (const revision of ids) {
            for (const direction of ["up", "down"] as const) {
              const outcome = told(await stage.recorded(revision, direction));
              const places = stage.places(revision, direction).map(({ line: at }) => at);
              const { objects } = await stage.snapshot();
              seen.push({ outcome, objects, places, sent: what(recorder.step({ revision, direction })) });
            }
            const { outcome, sent } = await stage.again(undefined, revision, () => stage.upgrade([revision]));
            seen.push({ outcome: told(outcome), sent });
          }
          return seen;
        },
      );
      return { seen: result, runs };
    };

    it("are what they are alone, and the tool runs less often", async () => {
      const revisions = line(
        table("boats"),
        "pass",
        execute("ALTER TABLE boats ADD name text", "UPDATE boats SET name = 'x'"),
        execute("CREATE TYPE cargo AS ENUM ('ore')", "CREATE TABLE loads (what cargo)"),
        `bind = op.get_bind()\nif bind.exec_driver_sql("SELECT count(*) FROM boats").scalar() == 0:\n    op.execute("CREATE INDEX by_name ON boats (name)")`,
      ).map((revision, index) => ({
        ...revision,
        downgrade: [
          execute("DROP TABLE boats"),
          "pass",
          execute("ALTER TABLE boats DROP name"),
          execute("DROP TABLE loads", "DROP TYPE cargo"),
          execute("DROP INDEX by_name"),
        ][index] as string,
      }));
      const { seen, runs } = await upDownUp(revisions);
      const alone = await upDownUp(revisions, { alone: true });
      expect(seen).toEqual(alone.seen);
      expect(seen).toMatchObject(Array.from({ length: 15 }, () => ({ outcome: "done" })));
      expect([runs, alone.runs]).toEqual([12, 15]);
    });

    it.each([
      ["one sets something for its session", execute("CREATE SCHEMA quay", "SET search_path = quay"), "pass"],
      [
        "one sets something that no session forgets",
        execute("SET LOCAL canal.lock = '1'", "SELECT current_setting('canal.lock')"),
        execute("SELECT current_setting('canal.lock')"),
      ],
      ["one leaves a temporary table behind", execute("CREATE TEMP TABLE boats (id int)"), table("boats")],
      ["one keeps a lock of the session", execute("SELECT pg_advisory_lock(7)"), "pass"],
      [
        "one steps outside its transaction",
        `with op.get_context().autocommit_block():\n    op.execute("CREATE TABLE piers (id int)")`,
        execute("DROP TABLE piers"),
      ],
      [
        "one changes what new sessions begin with",
        `op.execute("CREATE SCHEMA quay")\ndatabase = op.get_bind().exec_driver_sql("SELECT current_database()").scalar()\nop.execute(f'ALTER DATABASE "{database}" SET search_path = quay, public')`,
        table("crews"),
      ],
      ["one fails", "pass", execute("DROP TABLE nothing")],
      ["one commits by itself", execute("COMMIT", "CREATE TABLE crews (id int)"), execute("DROP TABLE crews")],
      [
        "one is no more what it was when it was prepared",
        execute("CREATE TABLE crews (id int)", ...Array.from({ length: 8 }, () => "SELECT * FROM crews")),
        execute("ALTER TABLE crews ADD name text", "SELECT * FROM crews", "DROP TABLE crews"),
      ],
    ])("are what they are alone when %s", async (_, upgrade, downgrade) => {
      const revisions = [{ id: "r0", upgrade, downgrade }, ...line("pass", table("locks")).slice(1)];
      const { seen } = await upDownUp(revisions);
      const alone = await upDownUp(revisions, { alone: true });
      expect(seen).toEqual(alone.seen);
    });

    it("are what they are alone when a trigger sets something in one", async () => {
      const trigger = `CREATE FUNCTION lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        SET canal.lock = 'open'; RETURN new; END $$`;
      const [first, second] = line(
        execute("CREATE TABLE boats ()", trigger, "CREATE TRIGGER lock BEFORE INSERT ON boats EXECUTE FUNCTION lock()"),
        execute("INSERT INTO boats DEFAULT VALUES"),
      );
      const revisions = [
        { ...(first as AlembicRevision), downgrade: execute("DROP TABLE boats", "DROP FUNCTION lock") },
        { ...(second as AlembicRevision), downgrade: execute("SELECT current_setting('canal.lock')") },
      ];
      const { seen } = await upDownUp(revisions);
      expect(seen).toEqual((await upDownUp(revisions, { alone: true })).seen);
      expect(seen.at(-2)).toMatchObject({ outcome: { sqlState: "42704" } });
    });

    it("say what they warn of also behind another in the same run", async () => {
      if (which === "old") return;
      const onItsOwn = (sql: string) =>
        `import sqlalchemy as sa\nengine = sa.create_engine(op.get_bind().engine.url)\nwith engine.begin() as own:\n    own.exec_driver_sql("${sql}")\nengine.dispose()`;
      using repository = testRepository(
        alembicHistory(python, [
          { id: "a1", upgrade: execute("CREATE TABLE boats (id int)"), downgrade: execute("DROP TABLE boats") },
          {
            id: "b2",
            down: "a1",
            upgrade: onItsOwn("CREATE TABLE piers (id int)"),
            downgrade: onItsOwn("DROP TABLE piers"),
          },
        ]),
      );
      const { projects } = await runGate({ directory: repository.root, engine: "embedded", environment: process.env });
      const warned = projects[0]?.findings.filter(({ ruleId }) => ruleId === "step-warning");
      expect(warned?.map(({ revision, direction }) => [revision, direction])).toEqual([
        ["b2", "up"],
        ["b2", "down"],
      ]);
    });

    it.each([
      ["has one transaction for all", "transaction = connection.begin()", "transaction"],
      [
        "sends something itself",
        `connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS quay"); connection.commit()`,
        undefined,
      ],
      ["opens another connection", `create_engine(connection.engine.url).connect().close()`, undefined],
    ])("each have a run of their own when env.py %s", async (_, extra, begin) => {
      if (which === "old") return;
      const { seen, runs } = await upDownUp(
        line(table("boats"), "pass").map((revision, index) => ({
          ...revision,
          downgrade: index === 0 ? execute("DROP TABLE boats") : "pass",
        })),
        { environment: (file) => counting(file, begin).replace("EXTRA", extra) },
      );
      expect(seen).toMatchObject(Array.from({ length: 6 }, () => ({ outcome: "done" })));
      expect(runs).toBe(6);
    });
  },
);

it("a run that stays open is cleared behind each step, and not gone on with in another manner", async () => {
  await loadParser();
  const asked: string[] = [];
  const session: Pick<Session, "hold" | "clear" | "release"> = {
    hold: async (_, revision) => {
      asked.push(revision);
      return { kind: "done", durationMs: 0, held: true };
    },
    clear: async () => void asked.push("clear"),
    release: async () => void asked.push("release"),
  };
  const { step } = holding(session as Session);
  const trace = { sent: () => [], end() {}, forget() {} };
  for (const [revision, manner] of [
    ["a", "one"],
    ["b", "one"],
    ["c", "two"],
  ] as const)
    await step("up", revision, trace, manner);
  expect(asked).toEqual(["release", "a", "clear", "b", "clear", "release", "c", "clear"]);
});

it("a step that fails behind others is taken once more by itself, and its trace begins anew", async () => {
  const asked: string[] = [];
  const failure = { kind: "code", revision: "a", message: "it is there" } as const;
  const session: Pick<Session, "hold" | "upgrade" | "release"> = {
    hold: async () => ({ kind: "failed", durationMs: 0, failure, held: true }),
    upgrade: async ([revision]) => {
      asked.push(`alone ${revision}`);
      return { kind: "done", durationMs: 0 };
    },
    release: async () => void asked.push("release"),
  };
  const trace = { sent: () => [], end() {}, forget: () => void asked.push("forget") };
  expect(await holding(session as Session).step("up", "a", trace, "one")).toMatchObject({ kind: "done" });
  expect(asked).toEqual(["release", "release", "forget", "alone a", "release"]);
});
