import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { message, sync } from "../../src/wire/messages.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import type { Proxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { Recorder } from "../../src/wire/recorder.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { rawClient, readable } from "./raw-client.ts";

/** What a client does until it waits. */
interface Turn {
  readonly shown: string;
  readonly bytes: Buffer;
  readonly readies: number;
  /** Whether Sync has to follow COPY data, because the one before was passed over. */
  readonly syncs?: true;
}

let server: PostgresServer;
let recorder: Recorder;
let proxy: Proxy;

const prelude = `
  create table harbour(id int primary key, name text not null, depth int default 3);
  insert into harbour select i, 'pier ' || i, i % 7 from generate_series(1, 50) i;
  create table boat(id int primary key, harbour int references harbour deferrable initially deferred);
  create function warn(what text) returns int language plpgsql as
    $$ begin raise notice 'about %', what; raise debug 'quiet'; raise log 'logged'; return 1; end $$;
  create procedure commits() language plpgsql as
    $$ begin insert into harbour values (900, 'x'); commit; insert into harbour values (901, 'y'); rollback; end $$;
  create view deep as select * from harbour where depth > 3`;

beforeAll(async () => {
  server = await startTestServer();
  recorder = await createRecorder({ connection: (database) => server.connection(database) });
  proxy = await startProxy({ server: server.connection(server.maintenanceDatabase), recorder });
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("create database pattern");
  await using pattern = await connectTo(server, "pattern");
  await pattern.query(prelude);
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Statements whose answers are the same on every run. */
const statements = [
  "select 1",
  "",
  " -- nothing",
  "select name from harbour order by id limit 3",
  "select warn('wind')",
  "select pg_notify('tide', 'high')",
  "listen tide",
  "insert into harbour values (100, 'new') on conflict do nothing",
  "insert into harbour values (1, 'twice')",
  "insert into boat values (1, 99999) on conflict do nothing",
  "update harbour set depth = depth + 1 where id < 5 returning id",
  "delete from boat",
  "create table if not exists mole(id serial primary key, at int)",
  "drop table if exists mole",
  "alter table harbour add column if not exists extra uuid default gen_random_uuid()",
  "alter table harbour drop column if exists extra",
  "alter table harbour alter depth type bigint",
  "create index if not exists by_depth on harbour(depth)",
  "create index concurrently if not exists by_name on harbour(name)",
  "drop index concurrently if exists by_name",
  "vacuum harbour",
  "analyze harbour",
  "reindex table harbour",
  "refresh materialized view nothing_of_that_name",
  "begin",
  "begin isolation level repeatable read",
  "start transaction read only",
  "set transaction isolation level serializable",
  "commit",
  "rollback",
  "commit and chain",
  "end",
  "savepoint a",
  "release a",
  "rollback to a",
  "set client_min_messages = warning",
  "set client_min_messages = debug1",
  "set local client_min_messages = log",
  "reset client_min_messages",
  "show client_min_messages",
  "set local lock_timeout = '3s'",
  "set statement_timeout = '5s'",
  "show statement_timeout",
  "discard all",
  "lock table harbour",
  "do $$ begin raise notice 'in a block'; raise warning 'careful'; end $$",
  "do $$ begin raise notice 'before'; commit; raise notice 'after'; end $$",
  "do $$ begin set client_min_messages = error; end $$",
  "do $$ begin execute 'alter table harbour add if not exists dredged bool default false'; end $$",
  "call commits()",
  "delete from harbour where id >= 900",
  "select current_setting('client_min_messages')",
  "select count(*) from pg_prepared_statements",
  "select set_config('application_name', 'other', false)",
  "declare c cursor for select id from harbour order by id",
  "fetch 2 from c",
  "close c",
  "prepare p as select id from harbour where id = $1",
  "execute p(3)",
  "deallocate all",
  "explain (costs off) select * from harbour",
  "values (1), (2)",
  "table harbour limit 1",
  "selec nonsense",
  "select nonsense from harbour",
  "select 'ünïcode', nonsense",
  "select 1/0",
  "create table harbour(id int)",
  "set constraints all immediate",
  "truncate boat",
  "copy (select id from harbour order by id limit 2) to stdout",
  "copy boat from stdin",
  "create or replace view deep as select * from harbour where depth > 4",
  "with n as (insert into boat values (7, 1) on conflict do nothing returning id) select count(*) from n",
  "select id into temp picked from harbour limit 1",
  "drop table if exists picked",
  "comment on table harbour is 'safe'",
  "lock table nothing",
  "alter table boat alter constraint boat_harbour_fkey not deferrable",
  "notify tide, 'low'",
] as const;

const sql = fc.constantFrom(...statements);

const simple: fc.Arbitrary<Turn> = fc
  .oneof(
    { weight: 3, arbitrary: sql },
    fc.array(sql, { minLength: 2, maxLength: 4 }).map((list) => list.join("; ")),
  )
  .map((text) => ({ shown: text, bytes: message("Q", text), readies: 1 }));

const none = Buffer.alloc(2);
const name = fc.constantFrom("", "s1");
const part = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(name, sql)
      .map(
        ([as, text]) =>
          [
            `run ${as} ${text}`,
            message("P", as, text, none),
            message("B", "", as, none, none, none),
            message("E", "", Buffer.alloc(4)),
          ] as const,
      ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(name, sql).map(([as, text]) => [`parse ${as} ${text}`, message("P", as, text, none)] as const),
  },
  {
    weight: 1,
    arbitrary: name.map(
      (as) =>
        [
          `bind and execute ${as}`,
          message("B", "", as, none, none, none),
          message("D", Buffer.from("P"), ""),
          message("E", "", Buffer.alloc(4)),
        ] as const,
    ),
  },
  { weight: 1, arbitrary: name.map((as) => [`describe ${as}`, message("D", Buffer.from("S"), as)] as const) },
  { weight: 1, arbitrary: name.map((as) => [`close ${as}`, message("C", Buffer.from("S"), as)] as const) },
  { weight: 1, arbitrary: fc.constant(["two rows at a time", message("E", "", Buffer.from([0, 0, 0, 2]))] as const) },
  { weight: 1, arbitrary: fc.constant(["flush", message("H")] as const) },
);
const extended: fc.Arbitrary<Turn> = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => ({
  shown: parts.map(([shown]) => shown).join(" | "),
  bytes: Buffer.concat([...parts.flatMap(([, ...messages]) => messages), sync]),
  readies: 1,
  syncs: true,
}));

/** `pg_backend_pid` as a fast-path call would differ; `abs(int4)` does not. */
const functionCall: Turn = {
  shown: "call of abs(-5)",
  bytes: message("F", Buffer.from([0, 0, 0x05, 0x75, 0, 1, 0, 1, 0, 1, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfb, 0, 1])),
  readies: 1,
};

const copyData = Buffer.concat([
  message("d", Buffer.from("8\t1\n")),
  message("d", Buffer.from("9\t2\n")),
  message("c"),
]);
const copyFailure = message("f", "changed my mind");

let runs = 0;

async function replay(turns: readonly Turn[], copy: Buffer, through?: Proxy): Promise<string[]> {
  const database = `run_${++runs}`;
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query(`create database ${database} template pattern`);
  const target = server.connection(database);
  const client = await rawClient(through ? { ...target, host: through.host, port: through.port } : target);
  try {
    const seen: string[] = [];
    for (const { shown, bytes, readies, syncs } of turns)
      seen.push(
        `> ${shown}`,
        ...readable(await client.turn(bytes, readies, syncs ? Buffer.concat([copy, sync]) : copy)).map((line) =>
          line.replaceAll(database, "run"),
        ),
      );
    const last = await client.turn(message("Q", stateQuery), 1);
    return [...seen.map(withoutProcessId), ...readable(last).map((line) => line.replaceAll(database, "run"))].map(
      (line) => line.replaceAll(madeUp, "uuid"),
    );
  } finally {
    client.end();
    await maintenance.query(`drop database ${database} with (force)`);
  }
}

/**
 * What is left behind, visible or not. Where `client_min_messages` came from is left out: when the client resets it in
 * a transaction, PostgreSQL forgets that in the course of a later SET LOCAL of ours.
 * Fails in a failed transaction, which is also an answer.
 */
const stateQuery = `select (select string_agg(format('%s.%s=%s', relname, attname, format_type(atttypid, atttypmod)), ' ' order by relname, attname)
   from pg_class c join pg_attribute on attrelid = c.oid where relnamespace = 'public'::regnamespace and attnum > 0),
 (select string_agg(h::text, ' ' order by id) from (select id, name, depth from harbour) h), (select string_agg(b::text, ' ') from boat b),
 (select string_agg(name || setting || coalesce(reset_val, '') || case when name <> 'client_min_messages' then source else '' end, ' ' order by name) from pg_settings
   where name in ('client_min_messages', 'lock_timeout', 'statement_timeout', 'search_path', 'application_name')),
 (select count(*) from pg_proc), (select count(*) from pg_cursors), (select count(*) from pg_prepared_statements)`;

/** Values of `gen_random_uuid()`. */
const madeUp = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A notification carries the process id of its sender. */
function withoutProcessId(line: string): string {
  return line.replace(/^"A((?:\\u....|[^\\]|\\.){4})((?:\\u....|[^\\]|\\.){4})/, '"A$1pid ');
}

test("random conversations look the same with the recorder in between, and leave the same behind", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          { weight: 5, arbitrary: simple },
          { weight: 4, arbitrary: extended },
          { weight: 1, arbitrary: fc.constant(functionCall) },
        ),
        { minLength: 1, maxLength: 8 },
      ),
      fc.constantFrom(copyData, copyFailure),
      async (turns, copy) => {
        const direct = await replay(turns, copy);
        const recorded = await replay(turns, copy, proxy);
        expect(recorded).toEqual(direct);
      },
    ),
    // The same conversations each time, unless somebody looks for new ones.
    process.env["HEADGATE_FIDELITY_RUNS"] === undefined
      ? { numRuns: 60, seed: -1720628455 }
      : { numRuns: Number(process.env["HEADGATE_FIDELITY_RUNS"]), endOnFailure: true },
  );
}, 600_000);

describe("each statement alone, in a block, first of two, last of two and in a block of one text", () => {
  test.each(statements)("%s", async (text) => {
    for (const turns of [
      [text],
      ["begin", text, "commit"],
      [`${text}; select 2`],
      [`select 2; ${text}`],
      [`begin; ${text}; commit; select 3`],
    ]) {
      const asked = turns.map((shown) => ({ shown, bytes: message("Q", shown), readies: 1 }));
      expect(await replay(asked, copyData, proxy)).toEqual(await replay(asked, copyData));
    }
  });
});

const parse = (text: string): Buffer => message("P", "", text, Buffer.alloc(2));
const run = (text: string): Buffer[] => [
  parse(text),
  message("B", "", "", Buffer.alloc(6)),
  message("E", "", Buffer.alloc(4)),
];

test.each(["", " ;", "-- nothing", "/* nothing */ ; -- at all"])(
  "'%s', which holds no statement, begins no transaction for what comes behind it in a batch",
  async (nothing) => {
    for (const next of ["set local client_min_messages = log", "begin isolation level serializable"]) {
      const pieces = [...run(nothing), ...run(next), sync];
      const turn: Turn = { shown: `${nothing}; ${next}`, bytes: Buffer.concat(pieces), readies: 1 };
      expect(await replay([turn], copyData, proxy)).toEqual(await replay([turn], copyData));
    }
  },
);

test("a call of a function that is cut short, or that the server passes over, is answered as it is without the recorder", async () => {
  const turns: readonly Turn[] = [
    { shown: "a call without a function", bytes: message("F", Buffer.from([0, 0])), readies: 1 },
    { shown: "a call of nothing", bytes: message("F"), readies: 1 },
    {
      shown: "a call behind an error",
      bytes: Buffer.concat([parse("selec"), functionCall.bytes, sync, functionCall.bytes]),
      readies: 2,
    },
  ];
  expect(await replay(turns, copyData, proxy)).toEqual(await replay(turns, copyData));
});

test("a level of messages that a client sets behind a statement that is watched is its own", async () => {
  const batches = [
    ["set client_min_messages = debug1"],
    ["set client_min_messages = debug1", "select warn('wind')"],
    ["set client_min_messages = debug1", "select 1/0"],
    ["set client_min_messages = error", "select warn('wind')"],
    ["set local client_min_messages = debug1"],
    ["set client_min_messages = debug1", "reset client_min_messages"],
    ["call commits()", "drop table if exists mole", "drop table if exists mole"],
  ];
  for (const batch of batches) {
    const pieces = [parse("drop index concurrently if exists by_name"), ...batch.flatMap(run), sync];
    const turn: Turn = { shown: batch.join("; "), bytes: Buffer.concat(pieces), readies: 1 };
    expect(await replay([turn], copyData, proxy)).toEqual(await replay([turn], copyData));
  }
});

test("clients without a database name are observed in the database of their user's name", async () => {
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("create role lonely superuser login password 'quay'");
  await maintenance.query("create database lonely");
  const client = new pg.Client({ host: proxy.host, port: proxy.port, user: "lonely", password: "quay", database: "" });
  await client.connect();
  await client.query("create table t(a int)");
  await client.query("alter table t add b int");
  await client.end();
  expect(recorder.recording().statements.at(-1)?.evidence.locks).toEqual([
    { relation: "public.t", kind: "table", mode: "ACCESS EXCLUSIVE" },
  ]);
});
