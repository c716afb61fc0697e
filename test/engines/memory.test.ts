import { expect, test } from "vitest";
import { preflight } from "../../src/engines/memory.ts";

const up = (revision: string, sql: string) => ({ revision, direction: "up", sql }) as const;

test("runs plain DDL up and down", async () => {
  const outcome = await preflight([
    up("0001", "create table orders (id int primary key); create index on orders (id)"),
    up("0002", ""),
    { revision: "0001", direction: "down", sql: "drop table orders" },
  ]);
  expect(outcome).toEqual({ kind: "ran" });
});

test.each([
  ["create policy own on orders", /does not understand/],
  ["create index concurrently late on orders (id)", /does not understand/],
  ["selec 1", /does not understand/],
  ["alter table nowhere add column x int", /relation "nowhere" does not exist/],
  ["do $$ begin raise exception 'no'; end $$", /pg-mem says/],
])("is inconclusive, never a pass, about: %s", async (sql, reason) => {
  const outcome = await preflight([up("0001", "create table orders (id int)"), up("0002", sql)]);
  expect(outcome).toEqual({ kind: "inconclusive", revision: "0002", reason: expect.stringMatching(reason) });
});
