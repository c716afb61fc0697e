import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder } from "../../src/wire/recorder.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { recordedClient } from "./recorded-client.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
  await using maintenance = await connectTo(server, server.maintenanceDatabase);
  await maintenance.query("create role hand login password 'hand'; create role nobody");
});
afterAll(async () => server?.[Symbol.asyncDispose]());

/** What a client sees: the rows, tags, notices and errors of its statements. */
async function converse(
  config: pg.ClientConfig,
  statements: readonly string[],
  how: string,
): Promise<readonly unknown[]> {
  const client = new pg.Client(config);
  const seen: unknown[] = [];
  client.on("notice", ({ message, severity }) => seen.push(`${severity}: ${message}`));
  await client.connect();
  for (const [index, text] of statements.entries()) {
    const isSimple = how === "simple" || (how === "alternating" && index % 2 === 0);
    const query = isSimple ? text : { text, name: `s${index}` };
    seen.push(
      await client.query(query).then(
        ({ command, rows }: pg.QueryResult) => [text, command, rows],
        (error: pg.DatabaseError) => [text, error.code, error.message, error.position],
      ),
    );
  }
  await client.end();
  return seen;
}

/** The same conversation with a database and with its copy through the proxy: both are the same, and this was recorded. */
async function recorded(
  {
    setup,
    statements,
    user,
    options,
  }: { setup: string; statements: readonly string[]; user?: string; options?: string },
  how: string,
): Promise<readonly RecordedStatement[]> {
  await using direct = await createTestDatabase(server);
  await using copy = await createTestDatabase(server);
  for (const client of [direct, copy]) await client.query(setup);
  const config = (database = ""): pg.ClientConfig => ({
    ...server.connection(database),
    ...(user !== undefined && { user, password: user }),
    ...(options !== undefined && { options }),
  });
  const recorder = await createRecorder({ connection: (name) => server.connection(name) });
  await using proxy = await startProxy({ server: server.connection(server.maintenanceDatabase), recorder });
  const through = await converse({ ...config(copy.database), host: proxy.host, port: proxy.port }, statements, how);
  expect(through).toEqual(await converse(config(direct.database), statements, how));
  return recorder.recording().statements;
}

const locksOf = (statements: readonly RecordedStatement[], text: string): unknown => {
  const { completeness, reason, locks } = statements.findLast(({ sql }) => sql === text)?.evidence ?? {};
  return [
    completeness,
    ...(reason === undefined ? [] : [reason]),
    ...(locks ?? []).map(({ relation, mode }) => `${relation} ${mode}`),
  ];
};

const alter = "alter table crate add column extra int default 1";
const crate =
  "create table public.crate(id int); insert into public.crate values (1), (2); grant all on public.crate to public; grant all on schema public to public";

describe.each(["simple", "extended", "alternating"])("%s queries that make it hard for the recorder", (how) => {
  test.each<[string, Parameters<typeof recorded>[0]]>([
    [
      "functions and relations of the same names come first in the search_path",
      {
        setup: `${crate}; create schema trap;
          create table trap.pg_locks(x int); create table trap.pg_class(x int);
          create function trap.pg_lock_status() returns int language sql as 'select 1/0';
          create function trap.current_setting(text) returns text language sql as 'select (1/0)::text';
          create function trap.pg_backend_pid() returns int language sql as 'select 1/0'`,
        statements: [
          "set search_path = trap, pg_catalog, public",
          "begin",
          alter,
          "commit",
          alter.replace("extra", "more"),
        ],
      },
    ],
    [
      "operators of its own shadow the server's",
      {
        setup: `${crate}; create schema trap;
          create function trap.never(oid, oid) returns bool language sql immutable as 'select false';
          create function trap.nor(text, text) returns bool language sql immutable as 'select false';
          create operator trap.= (leftarg = oid, rightarg = oid, procedure = trap.never);
          create operator trap.>= (leftarg = oid, rightarg = oid, procedure = trap.never);
          create operator trap.<= (leftarg = oid, rightarg = oid, procedure = trap.never);
          create operator trap.= (leftarg = text, rightarg = text, procedure = trap.nor)`,
        statements: ["set search_path = trap, pg_catalog, public", "begin", alter, "commit"],
      },
    ],
    [
      "standard_conforming_strings is off",
      {
        setup: crate,
        statements: [
          "set standard_conforming_strings = off",
          "begin",
          alter,
          "select 'a\\\\b'",
          "commit",
          alter.replace("extra", "more"),
        ],
      },
    ],
    [
      "a read-only default",
      {
        setup: crate,
        statements: [
          "set default_transaction_read_only = on",
          "begin read write",
          alter,
          "commit",
          "select * from crate",
          "delete from crate",
        ],
      },
    ],
    [
      "a very short statement_timeout",
      {
        setup: crate,
        statements: ["begin", "set local statement_timeout = '60ms'", alter, "select count(*) from crate", "commit"],
      },
    ],
    [
      "short timeouts of the transaction",
      {
        setup: crate,
        statements: [
          "set transaction_timeout = '5s'",
          "set idle_in_transaction_session_timeout = '5s'",
          "begin",
          alter,
          "commit",
        ],
      },
    ],
    [
      "a level of messages of its own, which it changes and looks at",
      {
        setup: `${crate};
          create function louder() returns text language sql as $$ select set_config('client_min_' || 'messages', 'log', true) $$;
          create function speak() returns void language plpgsql as $$ begin raise log 'a'; raise notice 'b'; raise warning 'c'; end $$`,
        statements: [
          "set client_min_messages = warning",
          "begin",
          alter,
          "create table hold(id int primary key)",
          "insert into hold values (1)",
          "show client_min_messages",
          "create index on hold(id)",
          "insert into hold values (2)",
          "savepoint s",
          "create index on hold(id)",
          "drop index if exists nowhere",
          "rollback to s",
          "show client_min_messages",
          "create index on hold(id)",
          "create index on hold(id)",
          "select speak()",
          "select louder()",
          "show client_min_messages",
          "create index on hold(id)",
          "select speak()",
          "insert into hold values (2)",
          "show client_min_messages",
          "rollback to s",
          "create index on hold(id)",
          "set local client_min_messages = notice",
          "create index on hold(id)",
          "drop index if exists nowhere",
          "commit",
          "show client_min_messages",
          "drop index if exists nowhere",
        ],
      },
    ],
    [
      "constraint_exclusion, plans and output of other kinds",
      {
        setup: crate,
        statements: [
          "set bytea_output = escape",
          "set extra_float_digits = -5",
          "set datestyle = 'SQL, DMY'",
          "set enable_seqscan = off",
          "set row_security = off",
          "set quote_all_identifiers = on",
          "begin",
          alter,
          "commit",
        ],
      },
    ],
    [
      "a session of a role without rights",
      {
        setup: `${crate}; alter table crate owner to hand`,
        user: "hand",
        statements: ["begin", alter, "commit", "select current_user", alter.replace("extra", "more")],
      },
    ],
    [
      "another role in between",
      {
        setup: `${crate}; alter table crate owner to hand`,
        statements: [
          "begin",
          "set local role hand",
          alter,
          "commit",
          "set session authorization hand",
          alter.replace("extra", "more"),
          "set role nobody",
          "select current_user",
          "drop table crate",
          "reset role",
          "select current_user",
        ],
      },
    ],
  ])("%s", async (_, conversation) => {
    const statements = await recorded(conversation, how);
    expect(locksOf(statements, alter)).toEqual(["complete", "public.crate ACCESS EXCLUSIVE"]);
    if (conversation.statements.includes(alter.replace("extra", "more")))
      expect(locksOf(statements, alter.replace("extra", "more"))).toEqual([
        "complete",
        "public.crate ACCESS EXCLUSIVE",
      ]);
  });

  test("the rights to ask are taken away", async () => {
    const revoke = "revoke execute on all functions in schema pg_catalog from public";
    const setup = `${crate}; alter table crate owner to hand`;
    const more = alter.replace("extra", "more");
    const refused = ["none", "The role has no right to ask the server what it did."];
    const before = await recorded(
      {
        setup: `${setup}; ${revoke}`,
        user: "hand",
        statements: ["begin", alter, "table crate", "commit", more, "table crate"],
      },
      how,
    );
    expect([alter, more].map((text) => locksOf(before, text))).toEqual([refused, refused]);
    const meanwhile = await recorded(
      {
        setup,
        statements: ["begin", alter, revoke, "set local role hand", more, "table crate", "commit", "table crate"],
      },
      how,
    );
    expect([alter, more].map((text) => locksOf(meanwhile, text))).toEqual([
      ["complete", "public.crate ACCESS EXCLUSIVE"],
      refused,
    ]);
  });

  test.each(["LATIN1", "SJIS", "EUC_JP", "WIN1252", "SQL_ASCII", "GBK"])("client_encoding is %s", async (encoding) => {
    const statements = await recorded(
      {
        setup: crate,
        statements: [`set client_encoding = '${encoding}'`, "begin", alter, "commit", "select 'ok'"],
      },
      how,
    );
    expect(locksOf(statements, alter)).toEqual(["complete", "public.crate ACCESS EXCLUSIVE"]);
  });

  test("statements prepared in one transaction are executed in others", async () => {
    const statements = await recorded(
      {
        setup: crate,
        statements: [
          "prepare p as update crate set id = id + 1",
          "begin",
          "execute p",
          "commit",
          "execute p",
          "begin",
          "execute p",
          "rollback",
          "deallocate p",
          "execute p",
        ],
      },
      how,
    );
    expect(
      statements
        .filter(({ sql }) => sql === "execute p")
        .map(({ evidence }) => [evidence.completeness, evidence.scans[0]?.rows]),
    ).toEqual([
      ["complete", 2],
      ["complete", 2],
      ["complete", 2],
      ["none", undefined],
    ]);
  });
});

test("what a database sets has our own connection compile no queries", async () => {
  await using session = await recordedClient(
    server,
    `create table seen (jit text);
    create function see() returns event_trigger language plpgsql as $$ begin
      insert into seen select current_setting('jit') where current_setting('application_name') = 'headgate';
    end $$;
    create event trigger sees on login execute function see();
    do $$ begin execute format('alter database %I set jit = on', current_database()); end $$`,
  );
  await session.send(["create table locks (id int)"], "simple");
  const { rows } = await session.client.query("select distinct jit from seen");
  await session.client.end();
  expect(rows).toEqual([{ jit: "off" }]);
});
