import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startTestServer } from "../support/postgres.ts";
import { recordedClient } from "./recorded-client.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(async () => server?.[Symbol.asyncDispose]());

const setup = `create table crate(id int, n int); insert into crate select g, g from generate_series(1, 9) g;
  create table quay(id int)`;

test.each(["simple", "extended"])(
  "what is behind an error that a savepoint takes back is compared with what the transaction holds then, %s",
  async (how) => {
    await using recorded = await recordedClient(server, setup);
    await recorded.send(
      [
        "begin",
        "lock table quay in share mode",
        "select 1 from crate where n = 1",
        "savepoint one",
        "alter table crate alter n type bigint",
        "select 1 / (n - n) from crate",
        "rollback to one",
        "comment on table crate is 'a'",
        "alter table crate add column m int",
        "rollback",
      ],
      how,
      () => {},
    );
    const statements = await recorded.recorded();
    const evidenceOf = (sql: string) => statements.find((statement) => statement.sql === sql)?.evidence;
    const locks = (sql: string, which: "locks" | "held") =>
      evidenceOf(sql)?.[which].map(({ relation, mode }) => `${relation} ${mode}`);
    const before = ["public.crate ACCESS SHARE", "public.quay SHARE"];
    expect(evidenceOf("rollback to one")?.completeness).toBe("complete");
    expect(locks("rollback to one", "held")).toEqual(before);
    // Neither the rewriting that was taken back is its own, nor the reading of the statement that failed.
    expect(evidenceOf("comment on table crate is 'a'")).toMatchObject({
      completeness: "complete",
      rewrites: [],
      scans: [],
    });
    // The lock that the statement before the error had taken was gone.
    expect(locks("alter table crate add column m int", "locks")).toEqual(["public.crate ACCESS EXCLUSIVE"]);
  },
);

test.each([
  [14, "simple"],
  [18, "extended"],
] as const)("what a statement has read that failed is no other's, on PostgreSQL %i, %s", async (major, how) => {
  await using older = await startTestServer(major);
  await using recorded = await recordedClient(older, setup);
  const failing = ["savepoint one", "select 1 / (n - n) from crate", "rollback to one"];
  const views = ["create view one as select id from crate", "create view two as select id from crate"];
  await recorded.send(["begin", ...failing, views[0] ?? "", ...failing, views[1] ?? "", "commit"], how, () => {});
  const made = (await recorded.recorded()).filter(({ sql }) => sql.startsWith("create"));
  expect(made.map(({ evidence }) => [evidence.completeness, evidence.scans])).toEqual(
    views.map(() => ["complete", []]),
  );
});

test("in a failed transaction, a text of several statements that returns to a savepoint first", async () => {
  await using recorded = await recordedClient(server, setup);
  const failing = ["begin", "savepoint one", "lock table quay", "select 1/0"];
  await recorded.send([...failing, "rollback to one; lock table quay; rollback"], "simple", () => {});
  const locking = (await recorded.recorded()).filter(({ sql }) => sql.trim().startsWith("lock table quay"));
  for (const { evidence } of locking)
    expect(evidence.locks.map(({ relation, mode }) => `${relation} ${mode}`)).toEqual(["public.quay ACCESS EXCLUSIVE"]);
  expect(locking).toHaveLength(2);
});
