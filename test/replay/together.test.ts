import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import type { Stage } from "../../src/replay/stage.ts";
import { execute, type AlembicRevision } from "../support/alembic-history.ts";
import { startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { counting, line, onAlembicStage, table } from "./alembic-stage.ts";

describe.skipIf(!available("python"))("earlier revisions", () => {
  let python: string;
  let server: PostgresServer;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
    server = await startTestServer();
  }, 600_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  const apply = async (
    revisions: readonly AlembicRevision[],
    {
      oneByOne = false,
      environment = (runs: string) => counting(runs).replace("EXTRA", "pass"),
      after = async (_stage: Stage, _ids: readonly string[]): Promise<unknown> => undefined,
    } = {},
  ) => {
    const { result, runs } = await onAlembicStage(
      {
        python,
        server,
        revisions,
        environment,
        only(session) {
          const { together, ...without } = session;
          expect(together).toBeDefined();
          return oneByOne ? without : session;
        },
      },
      async (stage, recorder, ids) => {
        const outcome = await stage.noted(ids);
        const later = await after(stage, ids);
        return {
          later,
          outcome: outcome.kind === "failed" ? outcome.failure : outcome.kind,
          objects: (await stage.snapshot()).objects,
          sent: ids.map((revision) =>
            recorder
              .step({ revision, direction: "up" })
              .map(({ sql, error }) => [sql, error?.sqlState])
              .filter(([sql]) => !/^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT|select|show)/.test(sql ?? "")),
          ),
        };
      },
    );
    return { runs, ...result };
  };

  it("are applied in one run of the tool, and what each sent is known", async () => {
    const revisions = line(
      table("boats"),
      "pass",
      execute("ALTER TABLE boats ADD name text", "UPDATE boats SET name = 'x'"),
      `with op.get_context().autocommit_block():\n    op.execute("CREATE INDEX CONCURRENTLY by_name ON boats (name)")`,
      execute("CREATE TYPE cargo AS ENUM ('ore')"),
      execute("ALTER TYPE cargo ADD VALUE 'salt'"),
      execute("SET LOCAL lock_timeout = '2s'", "CREATE TABLE loads (what cargo DEFAULT 'salt')"),
    );
    const { runs, ...applied } = await apply(revisions);
    const { runs: runsAlone, ...alone } = await apply(revisions, { oneByOne: true });
    expect([runs, runsAlone]).toEqual([1, 7]);
    expect(applied).toEqual(alone);
    expect(applied.outcome).toBe("done");
    expect(applied.sent[3]?.[0]).toEqual(["CREATE INDEX CONCURRENTLY by_name ON boats (name)", undefined]);
  });

  it.each([
    [
      "one sets the search path for its session",
      line("pass", execute("CREATE SCHEMA quay", "SET search_path = quay"), table("boats"), table("crews")),
    ],
    [
      "one does so in a function call",
      line(
        "pass",
        execute("CREATE SCHEMA quay", "SELECT set_config('search_path', 'quay', false)"),
        table("boats"),
        table("crews"),
      ),
    ],
    ["one fails", line("pass", table("boats"), table("boats"), table("crews"))],
    [
      "one commits by itself",
      line("pass", table("boats"), execute("COMMIT", "CREATE TABLE crews (id int)"), table("piers")),
    ],
  ])("are applied one by one when %s", async (_, revisions) => {
    const { runs, ...applied } = await apply(revisions);
    const { runs: runsAlone, ...alone } = await apply(revisions, { oneByOne: true });
    expect(applied).toEqual(alone);
    expect(runs).toBe(runsAlone + 1);
  });

  it("are applied one by one when env.py has one transaction for all", async () => {
    const environment = (runs: string) =>
      counting(runs, "transaction").replace("EXTRA", "transaction = connection.begin()");
    const revisions = line(
      execute("CREATE TYPE cargo AS ENUM ('ore')"),
      execute("ALTER TYPE cargo ADD VALUE 'salt'"),
      execute("CREATE TABLE loads (what cargo DEFAULT 'salt')"),
      table("boats"),
    );
    const { runs, ...applied } = await apply(revisions, { environment });
    expect(applied).toMatchObject({ outcome: "done" });
    expect(runs).toBe(5);
  });

  it("and a whole range too, down and up", async () => {
    const revisions = line(...["boats", "crews", "piers", "locks"].map(table)).map((revision, index) => ({
      ...revision,
      downgrade: execute(`DROP TABLE ${["boats", "crews", "piers", "locks"][index]}`),
    }));
    const both = {
      after: async (stage: Stage, ids: readonly string[]) => {
        const down = await stage.rangeDown(ids);
        const left = [...(await stage.snapshot()).objects.keys()].filter((key) => key.startsWith("table "));
        const up = await stage.rangeUp(ids);
        return [down.kind, left, up.kind];
      },
    };
    const { runs, ...applied } = await apply(revisions, both);
    const { runs: runsAlone, ...alone } = await apply(revisions, { ...both, oneByOne: true });
    expect([runs, runsAlone]).toEqual([3, 12]);
    expect(applied).toEqual(alone);
    expect(applied.later).toEqual(["done", ["table public.alembic_version"], "done"]);
  });
});
