import { describe, expect, it } from "vitest";
import { describeChanges } from "../../src/apply/left-schema.ts";
import { applyText, statusText } from "../../src/report/apply-text.ts";
import { testServers } from "./servers.ts";
import { boats } from "./target.ts";

const { target, connect } = testServers();

const history = {
  ...boats,
  "migrations/3_berths.up.sql": `CREATE SCHEMA harbour; CREATE TABLE harbour.berths (boat int REFERENCES boats, name text);
CREATE INDEX berths_boat ON harbour.berths (boat); CREATE VIEW harbour.names AS SELECT name FROM harbour.berths;
CREATE FUNCTION harbour.depth(int) RETURNS int LANGUAGE sql AS 'SELECT $1';\n`,
  "migrations/3_berths.down.sql": "DROP SCHEMA harbour CASCADE;\n",
};

describe("with nothing pending, a schema that was changed by hand", () => {
  it.each([
    ["CREATE INDEX by_hand ON boats (name)", ["index `public.by_hand` is there, and was not"]],
    ["ALTER TABLE boats DROP COLUMN name", ["column `public.boats.name` is missing"]],
    ["ALTER TABLE boats ALTER name DROP NOT NULL", ["column `public.boats.name` is another"]],
    ["DROP INDEX harbour.berths_boat", ["index `harbour.berths_boat` is missing"]],
    ["DROP FUNCTION harbour.depth", ["function `harbour.depth(integer)` is missing"]],
    ["CREATE OR REPLACE VIEW harbour.names AS SELECT name || '' AS name FROM harbour.berths", ["view `harbour.names`"]],
    ["CREATE TABLE harbour.extra (id int, more text)", ["table `harbour.extra` is there, and was not"]],
    ["DROP TABLE locks", ["table `public.locks` is missing"]],
  ])("shows in status and apply: %s", async (sql, differences) => {
    await using to = await target(history);
    await to.apply();
    expect(await to.status()).toMatchObject({ state: "up-to-date", schema: { state: "as-left" } });
    const rows = await to.column("SELECT count(*)::int FROM headgate.entry");
    await to.client.query(sql);
    const found = await to.status();
    expect(found.state).toBe("drifted");
    const [difference, ...others] = found.schema.differences;
    expect(difference).toContain(differences[0]);
    expect(others.filter((other) => !other.startsWith("constraint"))).toEqual([]);
    expect(statusText(found)).toContain(difference);
    const report = await to.apply();
    expect(report).toMatchObject({ outcome: "nothing-pending", schema: { state: "changed" } });
    expect(report.schema?.differences).toEqual(found.schema.differences);
    expect(applyText(report)).toContain(difference);
    expect(await to.column("SELECT count(*)::int FROM headgate.entry")).toEqual(rows);
    // Compared with what the migrations make, it is refused.
    await expect(to.apply({ dryRun: true })).rejects.toThrow(/not what its migrations make/);
  });

  it.each([
    ["what belongs to others", "CREATE SCHEMA theirs CREATE TABLE t (id int)"],
    ["owners, privileges and rows", "GRANT SELECT ON boats TO PUBLIC; INSERT INTO locks VALUES (7)"],
    ["a validation", "ALTER TABLE boats VALIDATE CONSTRAINT named"],
  ])("is no matter of %s", async (_, sql) => {
    await using to = await target({
      ...history,
      "migrations/4_named.up.sql": "ALTER TABLE boats ADD CONSTRAINT named CHECK (name <> '') NOT VALID;\n",
    });
    await to.apply();
    await to.client.query(sql);
    expect(await to.status()).toMatchObject({ state: "up-to-date", schema: { state: "as-left", differences: [] } });
  });

  it("is not known where Headgate has not written down how it left it, and a dry run compares it", async () => {
    await using to = await target();
    await to.client.query(`CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL);
      CREATE TABLE locks (id int PRIMARY KEY);
      CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null);
      INSERT INTO schema_migrations VALUES (2, false)`);
    const found = await to.status();
    expect(found).toMatchObject({ state: "up-to-date", schema: { state: "not-known" } });
    expect(statusText(found)).toContain("`headgate apply --dry-run` compares it");
    expect((await to.apply()).schema?.state).toBe("not-known");
    expect((await to.apply({ dryRun: true })).schema).toEqual({ state: "as-made", differences: [] });
    await to.client.query("DROP TABLE locks");
    await expect(to.apply({ dryRun: true })).rejects.toThrow("table `public.locks` is missing");
    expect(await to.column("SELECT count(*)::int FROM pg_namespace WHERE nspname = 'headgate'")).toEqual([0]);
  });

  it("is not known when somebody else went on from there, and is again when Headgate has", async () => {
    await using to = await target();
    await to.apply();
    to.repository.write({ "migrations/3_docks.up.sql": "CREATE TABLE docks (id int);\n" });
    await to.client.query("CREATE TABLE docks (id int); UPDATE schema_migrations SET version = 3");
    expect((await to.status()).schema.state).toBe("not-known");
    to.repository.write({ "migrations/4_piers.up.sql": "CREATE TABLE piers (id int);\n" });
    await to.apply();
    expect((await to.status()).schema.state).toBe("as-left");
    await to.client.query("ALTER TABLE docks ADD COLUMN depth int");
    expect((await to.status()).schema.differences).toEqual(["column `public.docks.depth` is there, and was not"]);
  });

  it("is compared with what the last run left, also when one failed behind it", async () => {
    await using to = await target(history);
    await to.apply();
    to.repository.write({
      "migrations/4_docks.up.sql": "CREATE TABLE docks (id int);\nALTER TABLE boats DROP COLUMN name;\n",
      "migrations/5_fails.up.sql": "ALTER TABLE locks ADD CHECK (id <> 1);\n",
      "migrations/4_docks.down.sql": "ALTER TABLE boats ADD COLUMN name text;\nDROP TABLE docks;\n",
    });
    // The rehearsal has the row as well.
    await to.client.query("DELETE FROM locks; INSERT INTO locks VALUES (2)");
    await expect(to.apply()).rejects.toThrow(/5.* fails/);
    to.repository.write({ "migrations/5_fails.up.sql": "ALTER TABLE locks ADD CHECK (id < 2);\n" });
    await expect(to.apply()).rejects.toThrow(/`5` failed/);
    expect(await to.status()).toMatchObject({ state: "pending", schema: { state: "as-left" } });
    await to.client.query("DROP TABLE docks");
    expect(await to.status()).toMatchObject({
      state: "drifted",
      pending: ["5"],
      schema: { differences: ["table `public.docks` is missing"] },
    });
  });

  it("is as it was left behind a table that somebody keeps locked, or says that it could not be read", async () => {
    await using to = await target(history);
    await to.apply();
    await using other = await connect(to);
    await other.query("BEGIN; LOCK TABLE boats, harbour.berths IN ACCESS EXCLUSIVE MODE");
    const { state, schema } = await to.status();
    expect(state).toBe("up-to-date");
    expect(["as-left", "not-known"]).toContain(schema.state);
    await other.query("ROLLBACK");
  });
});

it("is told of everything in its own words: one schema that is gone hides none whose name is longer", () => {
  const left = new Map([
    ["schema\tboat", "1"],
    ["schema\tboats", "1"],
    ["table\tboat.hulls", "1"],
  ]);
  expect(describeChanges(left, new Map([["schema\tboats", "2"]]))).toEqual([
    "schema `boat` is missing",
    "schema `boats` is another",
  ]);
});
