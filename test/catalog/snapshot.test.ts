import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareCatalogs } from "../../src/catalog/difference.ts";
import { describeDifference } from "../../src/catalog/describe.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { readCatalog } from "../../src/catalog/snapshot.ts";
import { EngineError } from "../../src/errors.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";

const names = (catalog: Catalog): string[] => [...catalog.objects.keys()].toSorted();
const sentences = (before: Catalog, after: Catalog): string[] =>
  compareCatalogs(before, after).map((difference) => describeDifference(difference, "it"));

describe.each([18, 14])("PostgreSQL %i", (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startTestServer(major);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it("finds little in a new database: what PostgreSQL itself brings is left out", async () => {
    await using client = await createTestDatabase(server);
    expect(names(await readCatalog(client))).toEqual([
      "database current_database()",
      "extension plpgsql",
      "role postgres",
      "schema public",
    ]);
  });

  it("names objects as SQL would, and describes them", async () => {
    await using client = await createTestDatabase(server);
    await client.query(`CREATE TABLE public."Mill yard" (id int NOT NULL, "a.b" text DEFAULT 'x');
      CREATE FUNCTION grind(grain int, VARIADIC "how much" text[]) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`);
    const { objects } = await readCatalog(client);
    expect(objects.get(`column public."Mill yard"."a.b"`)).toMatchObject({
      kind: "column",
      relation: `public."Mill yard"`,
      attributes: { type: "text", nullable: "YES", default: "'x'::text", collation: null, comment: null },
    });
    expect(objects.get("function public.grind(integer,text[])")?.attributes).toMatchObject({
      volatility: "stable",
      security: "invoker",
      definition: expect.stringContaining('grind(grain integer, VARIADIC "how much" text[])'),
    });
  });

  it("does not see the stamps that newer minor releases leave on columns", async () => {
    await using client = await createTestDatabase(server);
    await client.query(`CREATE TABLE boats (name text, built int);
      ALTER TABLE boats ALTER built SET (n_distinct = 90);
      CREATE VIEW names AS SELECT name FROM boats`);
    const before = await readCatalog(client);
    expect(before.objects.get("column public.boats.built")?.attributes["options"]).toBe("n_distinct=90");
    const { rowCount } = await client.query(
      `UPDATE pg_attribute SET attoptions = ARRAY['pg_attver=54759192'] || attoptions
       WHERE attrelid IN ('boats'::regclass, 'names'::regclass) AND attnum > 0`,
    );
    expect(rowCount).toBe(3);
    expect(sentences(before, await readCatalog(client))).toEqual([]);
  });

  it("lists an extension and none of its members", async () => {
    await using client = await createTestDatabase(server);
    const before = await readCatalog(client);
    await client.query("CREATE EXTENSION citext; CREATE EXTENSION file_fdw; CREATE EXTENSION pg_stat_statements");
    expect(names(await readCatalog(client)).filter((name) => !before.objects.has(name))).toEqual([
      "extension citext",
      "extension file_fdw",
      "extension pg_stat_statements",
    ]);
  });

  it("depends on no setting of the session, and leaves each as it was", async () => {
    await using client = await createTestDatabase(server, `settings_${major}`);
    await client.query(`CREATE TABLE mill (built timestamptz DEFAULT '2001-02-03 04:05:06+00', took interval DEFAULT '1 day 2 hours',
        ratio float8 DEFAULT 0.1::float8 + 0.2::float8, seal bytea DEFAULT '\\xdeadbeef', price money DEFAULT 12.5::money, note text DEFAULT 'a\\b');
      CREATE VIEW old AS SELECT built, price FROM mill WHERE built < '1999-12-31 23:59:59+00';
      CREATE SCHEMA evil;
      CREATE TABLE evil.pg_class (oid oid); CREATE TABLE evil.schema (oid oid);
      CREATE FUNCTION evil.format_type(oid, int) RETURNS text LANGUAGE sql AS 'SELECT ''nonsense''';
      CREATE FUNCTION evil.quote_ident(text) RETURNS text LANGUAGE sql AS 'SELECT ''nonsense''';
      CREATE ROLE "dba" SUPERUSER`);
    await using other = await connectTo(server, `settings_${major}`);
    await other.query(`SET search_path = evil, pg_catalog, public; SET timezone = 'Asia/Tokyo'; SET datestyle = 'German';
      SET intervalstyle = 'iso_8601'; SET extra_float_digits = -10; SET bytea_output = 'escape'; SET quote_all_identifiers = on;
      SET standard_conforming_strings = off; SET plan_cache_mode = force_custom_plan; SET default_transaction_read_only = on;
      SET ROLE "dba"`);
    const settings = async () => (await other.query("SELECT name, setting FROM pg_catalog.pg_settings")).rows;
    const before = await settings();
    expect(sentences(await readCatalog(client), await readCatalog(other))).toEqual([]);
    expect(sentences(await readCatalog(client), await readCatalog(other))).toEqual([]);
    expect(await settings()).toEqual(before);
    expect(other.getTransactionStatus()).toBe("I");
  });

  it("gives an ordinary account the same, but for what only a superuser may read", async () => {
    await using client = await createTestDatabase(server, `ordinary_${major}`);
    await client.query(`CREATE ROLE clerk LOGIN PASSWORD 'clerk'; CREATE TABLE mill (id int PRIMARY KEY, secret text);
      CREATE FOREIGN DATA WRAPPER far; CREATE SERVER far FOREIGN DATA WRAPPER far;
      CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'frog', password 'never shown');
      CREATE SUBSCRIPTION reader CONNECTION 'host=nowhere.invalid password=never_shown' PUBLICATION news
        WITH (connect = false, slot_name = NONE, create_slot = false, enabled = false)`);
    const all = await readCatalog(client);
    await client.query("SET ROLE clerk");
    await using clerk = await connectTo(server, `ordinary_${major}`);
    await clerk.query("SET SESSION AUTHORIZATION clerk");
    expect(sentences(all, await readCatalog(clerk))).toEqual([
      "user mapping `public SERVER far`: options changed after it",
      "subscription `reader`: connection changed after it",
    ]);
    expect(JSON.stringify([...all.objects.values()])).not.toMatch(/never.shown/);
  });

  it("sees what an open transaction sees, and leaves it open", async () => {
    await using client = await createTestDatabase(server, `open_${major}`);
    await using other = await connectTo(server, `open_${major}`);
    await client.query("BEGIN; CREATE TABLE mill (id int)");
    expect(names(await readCatalog(client))).toContain("table public.mill");
    expect(names(await readCatalog(other))).not.toContain("table public.mill");
    await client.query("CREATE TABLE sack (id int); COMMIT");
    expect(names(await readCatalog(other))).toEqual(expect.arrayContaining(["table public.mill", "table public.sack"]));
  });

  it("sees the new state when it is asked again", async () => {
    await using client = await createTestDatabase(server);
    const first = await readCatalog(client);
    await client.query("CREATE TABLE mill (id int)");
    const second = await readCatalog(client);
    await client.query("DROP TABLE mill");
    const third = await readCatalog(client);
    expect(sentences(first, second)).toEqual(["table `mill` is new after it"]);
    expect(sentences(first, third)).toEqual([]);
    expect(third.objects.get("schema public")).toBe(first.objects.get("schema public"));
  });

  it("does not wait for ever for a table that somebody keeps locked", async () => {
    await using client = await createTestDatabase(server, `locked_${major}`);
    await client.query("CREATE TABLE mill (id int); CREATE VIEW working AS SELECT id FROM mill");
    await using other = await connectTo(server, `locked_${major}`);
    await other.query("BEGIN; LOCK TABLE mill");
    const failed = readCatalog(client);
    await expect(failed).rejects.toThrow(EngineError);
    await expect(failed).rejects.toThrow("another connection has kept a lock on one of its tables for 3 seconds.");
    await other.query("ROLLBACK");
    expect(names(await readCatalog(client))).toContain("view public.working");
  });

  it("says so when the transaction it is in has failed", async () => {
    await using client = await createTestDatabase(server);
    await client.query("BEGIN");
    await expect(client.query("SELECT 1/0")).rejects.toThrow("division by zero");
    await expect(readCatalog(client)).rejects.toThrow(EngineError);
    expect(client.getTransactionStatus()).toBe("E");
  });
});
