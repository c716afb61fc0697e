import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../../src/engines/engine.ts";
import { onStage } from "../../replay/alembic-stage.ts";
import { migrationClass, mikroOrmHistory } from "../../support/mikro-orm-history.ts";
import { startTestServer } from "../../support/postgres.ts";
import { testRepository } from "../../support/repository.ts";
import { linkMikroOrm, versions } from "./project.ts";

describe.each(versions)("with MikroORM %s several migrations in one run", (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startTestServer();
  }, 600_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** All up, down and up; what each sent, and how often MikroORM asked for what it had applied. @param oneByOne by a session that cannot do otherwise */
  async function taken(ups: readonly string[], oneByOne: boolean) {
    const names = ups.map((_, at) => `Migration${at}`);
    using repository = testRepository(
      mikroOrmHistory(
        Object.fromEntries(
          ups.map((up, at) => [`Migration${at}`, migrationClass(`Migration${at}`, up, `DROP TABLE t${at}`)]),
        ),
      ),
    );
    linkMikroOrm(version, repository.root);
    return await onStage(
      repository.root,
      server,
      (session) => {
        const { together, ...without } = session;
        expect(together).toBeDefined();
        return oneByOne ? without : session;
      },
      async (stage, recorder) => {
        const up = await stage.noted(names);
        const ways = up.kind === "done" ? [(await stage.rangeDown(names)).kind, (await stage.rangeUp(names)).kind] : [];
        const all = names.map((revision) => recorder.step({ revision, direction: "up" }).map(({ sql }) => sql));
        return {
          outcome: up.kind === "failed" ? up.failure : up.kind,
          ways,
          sent: all.map((step) => step.filter((sql) => !/^(?:select|with)/i.test(sql))),
          objects: [...(await stage.snapshot()).objects.keys()],
          listings: all.flat().filter((sql) => /^select.* from .*mikro_orm_migrations/is.test(sql)).length,
        };
      },
    );
  }

  const table = (at: number) => `CREATE TABLE t${at} (id int)`;

  it("do what they do one by one, up and down", { timeout: 60_000 }, async () => {
    const ups = [0, 1, 2, 3, 4].map(table);
    const { listings, ...together } = await taken(ups, false);
    const { listings: alone, ...oneByOne } = await taken(ups, true);
    expect(together).toEqual(oneByOne);
    expect(together).toMatchObject({ outcome: "done", ways: ["done", "done"] });
    expect(together.sent.every((sent, at) => sent.includes(`CREATE TABLE t${at} (id int)`))).toBe(true);
    expect(listings).toBeLessThan(alone);
  });

  it("are taken one by one where one fails, or sets something for its session", { timeout: 60_000 }, async () => {
    for (const odd of ["CREATE TABLE t0 (id int)", "SET search_path = pg_temp, public"]) {
      const ups = [table(0), table(1), odd, table(3), table(4)];
      const { listings, ...together } = await taken(ups, false);
      const { listings: alone, ...oneByOne } = await taken(ups, true);
      expect(together).toEqual(oneByOne);
      expect(listings).toBeGreaterThanOrEqual(alone);
    }
  });
});
