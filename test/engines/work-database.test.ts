import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { createWorkDatabase } from "../../src/engines/work-database.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";

describe.each([14, 15, 18])("the work database on PostgreSQL %i", (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const run = async (name: string, ...statements: string[]) => {
    await using client = await connectTo(server, name);
    for (const statement of statements) await client.query(statement);
  };
  const names = async (sql: string) => {
    await using client = await connectTo(server, server.maintenanceDatabase);
    return (await client.query<{ name: string }>(sql)).rows.map((row) => row.name);
  };
  const roles = () => names("select rolname as name from pg_roles where rolname !~ '^pg_' order by 1");
  const databases = () => names("select datname as name from pg_database order by 1");

  test.each(['we "ship" it; drop database postgres', "postgres", "Größe", "x".repeat(80)])(
    "takes the name %s and leaves nothing",
    async (name) => {
      const before = (await databases()).filter((other) => other !== name);
      {
        await using work = await createWorkDatabase(server, name);
        expect(work.name).toBe(name.slice(0, 63));
        await run(work.name, "create table harbour ()");
        await work.checkpoint();
        await work.restore();
      }
      expect((await databases()).filter((other) => other !== name)).toEqual(before);
    },
  );

  test("goes back to its checkpoint, forcing out connections", async () => {
    await using work = await createWorkDatabase(server, "shop");
    await run("shop", "create table orders (id int)", "insert into orders values (1)");
    await work.checkpoint();
    const left = await connectTo(server, "shop");
    left.on("error", () => {});
    await left.query("begin; drop table orders; create table extra ()");
    await run("shop", "create table refunds ()");
    await work.restore();
    await using client = await connectTo(server, "shop");
    const { rows } = await client.query("select relname from pg_class where relnamespace = 'public'::regnamespace");
    expect(rows).toEqual([{ relname: "orders" }]);
  });

  test("goes back to the beginning when there is no checkpoint", async () => {
    await using work = await createWorkDatabase(server, "shop");
    await run("shop", "create role shop_clerk", "create table orders ()");
    await work.restore();
    await run("shop", "create role shop_clerk", "create table orders ()");
  });

  test("a second checkpoint replaces the first", async () => {
    await using work = await createWorkDatabase(server, "shop");
    await work.checkpoint();
    await run("shop", "create table orders ()");
    await work.checkpoint();
    await run("shop", "drop table orders");
    await work.restore();
    await run("shop", "drop table orders");
  });

  test("roles and memberships are those of the checkpoint", async () => {
    const before = await roles();
    {
      await using work = await createWorkDatabase(server, "shop");
      await run("shop", "create role shop_owner", "create role shop_reader", "create table orders ()");
      await run("shop", "alter table orders owner to shop_owner", "grant select on orders to shop_reader");
      await work.checkpoint();
      await run("shop", "create role shop_late", "grant shop_owner to shop_reader, shop_late");
      await run(
        "shop",
        "alter role shop_reader createdb",
        "create table late ()",
        "alter table late owner to shop_late",
      );
      await work.restore();
      expect(await roles()).toEqual([...before, "shop_owner", "shop_reader"].toSorted());
      expect(await names("select rolname as name from pg_roles where rolcreatedb and rolname like 'shop%'")).toEqual(
        [],
      );
      expect(await names("select 1 as name from pg_auth_members where roleid = 'shop_owner'::regrole")).toEqual([]);
    }
    expect(await roles()).toEqual(before);
  });

  test("the checkpoint does not keep a migration from dropping a role, and brings it back", async () => {
    await using work = await createWorkDatabase(server, "shop");
    await run("shop", "create role shop_owner", "create table orders ()", "alter table orders owner to shop_owner");
    await work.checkpoint();
    await expect(run("shop", "drop role shop_owner")).rejects.toThrow(/some objects depend on it/);
    await run("shop", "drop table orders", "drop role shop_owner");
    await work.restore();
    await using client = await connectTo(server, "shop");
    expect((await client.query("select tableowner from pg_tables where tablename = 'orders'")).rows).toEqual([
      { tableowner: "shop_owner" },
    ]);
    await expect(client.query("drop role shop_owner")).rejects.toThrow(/some objects depend on it/);
  });

  test("a state that is kept outlives the checkpoints after it", async () => {
    {
      await using work = await createWorkDatabase(server, "shop");
      await run("shop", "create table orders ()", "create role shop_kept");
      await work.checkpoint();
      await work.keep();
      await run("shop", "drop table orders", "create table parcels ()");
      await work.restore();
      await run("shop", "drop table orders", "create table parcels ()", "drop role shop_kept");
      await work.checkpoint();
      await run("shop", "drop table parcels");
      await work.restore();
      await run("shop", "table parcels");
      await work.restore("kept");
      await run("shop", "table orders", "drop role shop_kept");
    }
    expect(await names("select datname as name from pg_database where datname like 'headgate%checkpoint%'")).toEqual(
      [],
    );
  });

  test("what a migration does to its own role, and the subscriptions of the database, come back", async () => {
    const limits = "select coalesce(rolvaliduntil::text, '') as name from pg_roles where rolname = current_user";
    const before = await names(limits);
    {
      await using work = await createWorkDatabase(server, "shop");
      await run("shop", "create subscription orders connection 'host=x' publication p with (connect = false)");
      await work.checkpoint();
      await run(
        "shop",
        "alter role current_user valid until '2040-01-01'",
        "alter subscription orders set (slot_name = none)",
        "drop subscription orders",
      );
      await work.restore();
      expect(await names(limits)).toEqual(before);
      await run("shop", "alter subscription orders set (slot_name = none)", "drop subscription orders");
      await run("shop", "create subscription later connection 'host=x' publication p with (connect = false)");
    }
    expect(await names("select subname as name from pg_subscription")).toEqual([]);
  });

  test("other databases, replication slots and origins, and settings of the server come back", async () => {
    const shared = () =>
      names(
        `select 'database ' || datname as name from pg_database where datname !~ '^(headgate|shop$)'
         union all select 'slot ' || slot_name from pg_replication_slots
         union all select 'origin ' || roname from pg_replication_origin
         union all select name || ' ' || setting from pg_file_settings where sourcefile ~ 'auto.conf$' order by 1`,
      );
    const make = (name: string) => [
      `create database ${name}`,
      `select pg_create_physical_replication_slot('${name}')`,
      `select pg_replication_origin_create('${name}')`,
    ];
    const before = await shared();
    {
      await using work = await createWorkDatabase(server, "shop");
      await run("shop", ...make("wharf"), "alter system set search_path = public, wharf");
      await run("shop", "alter system set work_mem = '8MB'");
      await work.checkpoint();
      const kept = await shared();
      await run("shop", ...make("quay"), "alter system set search_path = quay", "alter system set jit = off");
      await run(
        "shop",
        "select pg_drop_replication_slot('wharf')",
        "drop database wharf",
        "alter system reset work_mem",
      );
      await work.restore();
      expect(await shared()).toEqual(kept);
      expect(kept).toEqual(
        [
          ...["database wharf", "origin wharf", "search_path public, wharf", "slot wharf", "work_mem 8MB"].filter(
            (name) => !before.includes(name),
          ),
          ...before,
        ].toSorted(),
      );
    }
    expect(await shared()).toEqual(before);
  });

  test("settings, grants, owner and comment of the database come back", async () => {
    await using work = await createWorkDatabase(server, "shop");
    await run("shop", "create role shop_owner login password 'wharf'", "alter database shop set search_path = stock");
    await run("shop", "grant create on database shop to shop_owner", "comment on database shop is 'the shop'");
    await run("shop", "alter database shop owner to shop_owner", "alter role shop_owner in database shop set jit = on");
    const facts = async () => {
      await using client = await connectTo(server, "shop");
      const { rows } = await client.query(
        `select d.datacl, pg_get_userbyid(d.datdba) as owner, shobj_description(d.oid, 'pg_database') as comment,
                current_setting('search_path') as path,
                (select array_agg(setconfig order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings
           from pg_database d where datname = current_database()`,
      );
      return rows;
    };
    const before = await facts();
    await work.checkpoint();
    await run("shop", "alter database shop owner to postgres", "alter database shop reset all");
    await run("shop", "drop owned by shop_owner", "comment on database shop is null", "drop role shop_owner");
    await work.restore();
    expect(await facts()).toEqual(before);
    expect(before[0].owner).toBe("shop_owner");
  });

  test("names what others are executing, and not what Headgate does", async () => {
    await using work = await createWorkDatabase(server, "shop");
    const observer = await work.connect();
    const migration = await connectTo(server, "shop");
    migration.on("error", () => {});
    const slow = [observer.query("select pg_sleep(60)"), migration.query("select /* slow */ pg_sleep(60)")];
    for (const query of slow) query.catch(() => {});
    await expect
      .poll(() => work.runningStatements(), { timeout: 5000 })
      .toEqual([{ query: "select /* slow */ pg_sleep(60)", durationMs: expect.any(Number), waitEvent: "PgSleep" }]);
  });
});
