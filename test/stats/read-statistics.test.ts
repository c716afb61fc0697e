import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { readStatistics } from "../../src/stats/read-statistics.ts";
import { parseStatistics, type Statistics } from "../../src/stats/statistics.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";

const now = "2026-11-20T08:00:00Z";

describe.each([14, 18])("readStatistics on PostgreSQL %i", (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function read(schema: string): Promise<Statistics["relations"]> {
    await using client = await createTestDatabase(server);
    await client.query(schema);
    const statistics = await readStatistics(client, now);
    expect(statistics).toMatchObject({
      takenAt: now,
      serverVersion: expect.stringMatching(new RegExp(`^${major}\\.`)),
    });
    expect(parseStatistics("stats.json", JSON.stringify(statistics))).toEqual(statistics);
    expect((await client.query("select txid_current_if_assigned() as id")).rows).toEqual([{ id: null }]);
    return statistics.relations;
  }

  it("counts tables, their indexes, partitions and materialized views, and nothing of the system", async () => {
    const relations = await read(
      `create table locks (id int primary key); insert into locks select generate_series(1, 1000); analyze locks;
       create table "Lock keepers" (name text);
       create table passages (at date) partition by range (at);
       create table passages_2026 partition of passages for values from ('2026-01-01') to ('2027-01-01');
       create table passages_2027 partition of passages for values from ('2027-01-01') to ('2028-01-01');
       insert into passages select date '2026-06-01' + n from generate_series(0, 399) n; analyze passages;
       create materialized view busy as select * from locks; create view quiet as select * from locks;
       create temporary table draft (id int)`,
    );
    expect(Object.keys(relations)).toEqual([
      'public."Lock keepers"',
      "public.busy",
      "public.locks",
      "public.passages",
      "public.passages_2026",
      "public.passages_2027",
    ]);
    expect(relations["public.locks"]).toMatchObject({ rows: 1000 });
    expect(relations["public.locks"]?.indexBytes).toBeGreaterThan(8192);
    expect(relations["public.passages"]).toMatchObject({
      rows: 400,
      tableBytes:
        (relations["public.passages_2026"]?.tableBytes ?? 0) + (relations["public.passages_2027"]?.tableBytes ?? 0),
    });
    expect(relations['public."Lock keepers"']?.rows).toBeUndefined();
  });

  it("holds no row and no value", async () => {
    const relations = await read(
      "create table keepers (name text); insert into keepers values ('Amundsen'); analyze keepers",
    );
    expect(JSON.stringify(relations)).not.toContain("Amundsen");
  });
});

describe("parseStatistics", () => {
  it.each([
    ["not json", "stats.json is not JSON; write it with `headgate stats --output stats.json`."],
    ['{"schemaVersion":2}', /^stats\.json is not what `headgate stats` writes: `schemaVersion`: /],
  ])("refuses %s", (text, message) => {
    expect(() => parseStatistics("stats.json", text)).toThrow(message);
  });
});
