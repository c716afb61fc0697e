import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startTestServer } from "../support/postgres.ts";
import { recordedClient } from "./recorded-client.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(async () => server?.[Symbol.asyncDispose]());

/** What is recorded of statements in one transaction, sent in either way: how complete, the locks it took, those it held. */
async function recorded(setup: string, statements: readonly string[], how: string): Promise<readonly string[]> {
  await using session = await recordedClient(server, setup);
  await session.send(["begin", ...statements, "commit"], how, () => {});
  return (await session.recorded()).slice(1, -1).map(({ evidence: { completeness, locks, held } }) => {
    const shown = [locks, held].map((list) => list.map(({ relation, mode }) => `${relation} ${mode}`).join(", "));
    return `${completeness}: ${shown[0]} of ${shown[1]}`;
  });
}

describe.each(["simple", "extended"])("%s queries on tables that their own transaction made", (how) => {
  const old = "create table old(id int primary key)";

  test("are complete once the server has confirmed it, and so is what comes between them", async () => {
    const statements = [
      "create table a(id int primary key)",
      "insert into a values (1)",
      "select id from old",
      "create index on a(id)",
      "alter table a add column b int references old",
      "insert into a values (2, null)",
    ];
    expect(await recorded(old, statements, how)).toEqual([
      "complete:  of ",
      "complete:  of ",
      "complete: public.old ACCESS SHARE, public.old_pkey ACCESS SHARE of public.old ACCESS SHARE, public.old_pkey ACCESS SHARE",
      "complete:  of public.old ACCESS SHARE, public.old_pkey ACCESS SHARE",
      "complete: public.old SHARE ROW EXCLUSIVE of public.old ACCESS SHARE, public.old SHARE ROW EXCLUSIVE, public.old_pkey ACCESS SHARE",
      "complete:  of public.old ACCESS SHARE, public.old SHARE ROW EXCLUSIVE, public.old_pkey ACCESS SHARE",
    ]);
  });

  test("are held around savepoints as anywhere else", async () => {
    const reading = "public.old ACCESS SHARE, public.old_pkey ACCESS SHARE";
    const writing = "public.old ACCESS SHARE, public.old ROW EXCLUSIVE, public.old_pkey ACCESS SHARE";
    const statements = ["select id from old", "savepoint s", "insert into old values (1)", "savepoint t"];
    expect(await recorded(old, [...statements, "rollback to s", "release s"], how)).toEqual([
      `complete: ${reading} of ${reading}`,
      `complete:  of ${reading}`,
      `complete: public.old ROW EXCLUSIVE of ${writing}`,
      `complete:  of ${writing}`,
      `complete:  of ${reading}`,
      `complete:  of ${reading}`,
    ]);
  });

  test("may refer to others as one before them did, and what they lock beside is seen", async () => {
    const statements = [
      "create table a(id int primary key, b int references old)",
      "create index on a(b)",
      "create table c(id int references a, b int references old)",
      "insert into c values (null, null)",
      "create table d(like old, b int references old)",
      "create table e(id int, b int references old on delete set null)",
      "drop table e",
    ];
    const shared = "public.old ACCESS SHARE, public.old SHARE ROW EXCLUSIVE";
    expect(await recorded(old, statements, how)).toEqual([
      `complete: ${shared} of ${shared}`,
      ...statements.slice(1, -1).map(() => `complete:  of ${shared}`),
      `complete: public.old ACCESS EXCLUSIVE of ${shared}, public.old ACCESS EXCLUSIVE`,
    ]);
  });

  test("are complete behind an event trigger that was made in it and reaches another", async () => {
    const setup = `${old};
      create function reach() returns event_trigger language plpgsql as 'begin lock table old in share mode; end'`;
    const statements = [
      "create event trigger reaches on ddl_command_end when tag in ('ALTER TABLE') execute function reach()",
      "create table a(id int)",
      "alter table a add column b int",
    ];
    expect((await recorded(setup, statements, how)).at(-1)).toBe("complete: public.old SHARE of public.old SHARE");
  });

  test("are not called complete when code behind their types reached another", async () => {
    const setup = `${old};
      create function seen(int) returns bool language plpgsql as 'begin return (select count(*) from old) >= 0; end';
      create domain looked_up as int check (seen(value))`;
    const statements = [
      "create table a(id looked_up)",
      "alter table a add column b int",
      "insert into a values (1)",
      "lock table old in share mode",
    ];
    const [create, alter, insert, next] = await recorded(setup, statements, how);
    expect([create, alter, insert]).toEqual(["complete:  of ", "sampled:  of ", "sampled:  of "]);
    expect(next).toMatch(/^complete: public.old SHARE of public.old ACCESS SHARE/);
  });

  test("are told from the last one of a text, which ends their transaction", async () => {
    const setup = `${old};
      create function seen(int) returns bool language plpgsql as 'begin return (select count(*) from old) >= 0; end';
      create domain looked_up as int check (seen(value))`;
    const text =
      "create table a(id looked_up); alter table a add column b int; insert into a values (1); alter table a add c int";
    const evidence = await recorded(setup, ["commit", text, "begin"], "simple");
    expect(evidence.slice(1, -1)).toEqual([
      "complete:  of ",
      "sampled:  of ",
      "sampled:  of ",
      expect.stringMatching(/^complete:  of public.old ACCESS SHARE/),
    ]);
  });

  test("are asked one by one where an event trigger runs code", async () => {
    const setup = `${old};
      create function note() returns event_trigger language plpgsql as 'begin perform count(*) from old; end';
      create event trigger noted on ddl_command_end execute function note()`;
    const [create] = await recorded(setup, ["create table a(id int)"], how);
    expect(create).toMatch(/^complete: public.old ACCESS SHARE/);
  });

  test("are not called complete when the transaction failed before the server was asked", async () => {
    const statements = ["create table a(id int)", "insert into a values (1)", "insert into a values (1/0)"];
    expect(await recorded(old, statements, how)).toEqual(["complete:  of ", "sampled:  of ", "none:  of "]);
  });

  test("are called so by their name at the time", async () => {
    const statements = [
      "create table canal.old(id int)",
      "insert into canal.old values (1)",
      "insert into old values (1)",
      "drop table canal.old",
      "set local search_path = canal",
      "create table old(id int)",
      "set local search_path = public",
      "insert into old values (2)",
    ];
    expect(
      (await recorded(`${old}; create schema canal`, statements, how)).map((line) => line.split(" of ")[0]),
    ).toEqual([
      "complete: ",
      "complete: ",
      "complete: public.old ROW EXCLUSIVE",
      "complete: ",
      "complete: ",
      "complete: ",
      "complete: ",
      "complete: ",
    ]);
  });
});

test("are not called complete when code behind their types changed a setting that nobody asked for meanwhile", async () => {
  const setup = `create table old(id int);
    create function patient(int) returns bool language sql as $$ select set_config('lock_timeout', '5s', true) is not null $$;
    create domain waiting as int check (patient(value))`;
  const statements = [
    "create table a(id waiting)",
    "insert into a values (1)",
    "select id from old",
    "insert into a values (2)",
    "select id from old",
  ];
  const evidence = await recorded(setup, statements, "simple");
  expect(evidence.map((line) => line.split(":")[0])).toEqual([
    "complete",
    "sampled",
    "complete",
    "complete",
    "complete",
  ]);
});

test.each(["simple", "extended"])("%s statements that lock nothing leave what their transaction holds", async (how) => {
  const statements = [
    "lock table old in share mode",
    "set local lock_timeout = '1s'",
    "show lock_timeout",
    "savepoint a",
  ];
  const evidence = await recorded("create table old(id int)", statements, how);
  expect(evidence.slice(0, 3)).toEqual([
    "complete: public.old SHARE of public.old SHARE",
    "complete:  of public.old SHARE",
    "complete:  of public.old SHARE",
  ]);
});

test("what is rolled back to a savepoint is held no more", async () => {
  const statements = ["savepoint a", "lock table old in share mode", "savepoint b", "rollback to a"];
  expect(await recorded("create table old(id int)", statements, "simple")).toEqual([
    "complete:  of ",
    "complete: public.old SHARE of public.old SHARE",
    "complete:  of public.old SHARE",
    "complete:  of ",
  ]);
});
