import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startTestServer } from "../support/postgres.ts";
import { recordedClient } from "./recorded-client.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(async () => server?.[Symbol.asyncDispose]());

const reads = `create function level() returns text language plpgsql as $$ begin return current_setting('client_min_messages'); end $$`;
/** As extensions do. */
const lowers = `create function build() returns void language plpgsql as $$
  declare kept text := current_setting('client_min_messages');
  begin
    perform set_config('client_min_messages', 'warning', false);
    create index if not exists quays_length on quays (length);
    perform set_config('client_min_messages', kept, false);
  end $$`;
const quays = "create table quays (length int)";
const level = "show client_min_messages";

describe.each(["simple", "extended"])("%s queries whose code reads or sets client_min_messages", (how) => {
  /** The value of each query's one row and column. */
  async function values(setup: string, queries: readonly string[]): Promise<readonly unknown[]> {
    await using session = await recordedClient(server, setup);
    const found: unknown[] = [];
    for (const text of queries) {
      const { rows } = await session.client.query({ text, queryMode: how, rowMode: "array" } as pg.QueryArrayConfig);
      found.push(rows[0]?.[0]);
    }
    await session.client.end();
    return found.filter((value) => value !== undefined && value !== "");
  }

  test("find the client's", async () => {
    const queries = [
      "select level()",
      "begin",
      "select level()",
      "create table l as select level()",
      "table l",
      "commit",
    ];
    expect(await values(reads, queries)).toEqual(["notice", "notice", "notice"]);
    expect(await values("select 1", ["begin", reads, "select level()", "commit", "select level()"])).toEqual([
      "notice",
      "notice",
    ]);
  });

  test("are run by an event trigger", async () => {
    const trigger = `${reads}; create table seen (at text); create function see() returns event_trigger language plpgsql as
      $$ begin insert into seen values (current_setting('client_min_messages')); end $$;
      create event trigger sees on ddl_command_end execute function see()`;
    const queries = ["create table a (i int)", "begin", "create table b (i int)", "create index on b (i)", "commit"];
    expect(await values(trigger, [...queries, "select string_agg(distinct at, ' ') from seen"])).toEqual(["notice"]);
  });

  test("are run by an event trigger that was made after others had been asked about", async () => {
    const seeing = `${reads}; create table seen (at text); create function see() returns event_trigger language plpgsql as
      $$ begin insert into seen values (current_setting('client_min_messages')); end $$`;
    const trigger = "create event trigger sees on ddl_command_end execute function see()";
    const queries = [trigger, "create table b (i int)"];
    for (const all of [queries, ["begin", ...queries, "commit"]]) {
      const seen = "select string_agg(distinct at, ' ') from seen";
      expect(await values(seeing, ["create table a (i int)", ...all, seen])).toEqual(["notice"]);
    }
  });

  test("leave it as they found it", async () => {
    const queries = ["select build()", level, "begin", "select build()", level, "commit", level];
    expect(await values(`${quays}; ${lowers}`, queries)).toEqual(["notice", "notice", "notice"]);
  });

  test("are not called complete", async () => {
    await using session = await recordedClient(server, `${quays}; ${lowers}`);
    const block = (set: string): string => `do $$ begin ${set}; create index on quays (length); end $$`;
    const queries = [
      "select build()",
      block("set local client_min_messages = error"),
      block("perform current_setting('app.colour', true)"),
    ];
    await session.send(["begin", ...queries, "commit"], how);
    expect(
      (await session.recorded())
        .slice(1, -1)
        .map(({ evidence: { completeness, indexBuilds } }) => [completeness, indexBuilds.length]),
    ).toEqual([
      ["sampled", 0],
      ["sampled", 0],
      ["sampled", 0],
    ]);
  });
});

test("an extended query finds the client's behind simple ones that were asked about", async () => {
  await using session = await recordedClient(server, "select 1");
  for (const text of ["begin", "create table locks (i int)", "create index on locks (i)"])
    await session.client.query(text);
  const { rows } = await session.client.query({
    text: level,
    queryMode: "extended",
    rowMode: "array",
  } as pg.QueryArrayConfig);
  expect(rows).toEqual([["notice"]]);
  await session.client.end();
});

test.each(["simple", "extended"])("%s: a function that it is set for is noticed", async (how) => {
  const build = `create function build() returns void language sql set client_min_messages = error as 'create index on quays (length)'`;
  await using session = await recordedClient(server, `${quays}; ${build}`);
  await session.send(["select build()"], how);
  expect((await session.recorded())[0]?.evidence).toMatchObject({ completeness: "sampled" });
});

test.each(["simple", "extended"])("%s: code that sets it needs no function to be noticed", async (how) => {
  await using session = await recordedClient(server, quays);
  await session.send(
    ["do $$ begin set local client_min_messages = error; create index on quays (length); end $$"],
    how,
  );
  const [recorded] = await session.recorded();
  expect(recorded?.evidence).toMatchObject({ completeness: "sampled", indexBuilds: [] });
});

test.each(["simple", "extended"])("%s: a block that reads another setting is complete", async (how) => {
  await using session = await recordedClient(server, quays);
  await session.send(
    ["do $$ begin perform current_setting('app.colour', true); create index on quays (length); end $$"],
    how,
  );
  const [recorded] = await session.recorded();
  expect(recorded?.evidence).toMatchObject({
    completeness: "complete",
    indexBuilds: [{ index: "quays_length_idx", table: "quays" }],
  });
});
