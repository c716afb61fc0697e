import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { startTestServer } from "../support/postgres.ts";
import { testTarget } from "./target.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startTestServer(17)));
afterAll(async () => server[Symbol.asyncDispose]());

const view = (columns: string) => `CREATE OR REPLACE VIEW named AS SELECT ${columns} FROM boats;\n`;
const files = {
  "headgate.yml": "projects: [{ directory: ., tool: sql, layout: flyway, migrations: db }]\n",
  "db/V1__boats.sql": "CREATE TABLE boats (id int, name text);\n",
  "db/R__a_named.sql": view("id"),
  "db/R__b_other.sql": "CREATE OR REPLACE VIEW other AS SELECT 1 AS one;\n",
};

describe("Flyway's repeatable migrations", () => {
  it("run again when they change, behind the versioned ones, and are no edited history", async () => {
    await using to = await testTarget(server, server, files);
    const applied = async () => (await to.apply()).applied.map(({ id }) => id);
    expect(await applied()).toEqual(["1", "R__a_named", "R__b_other"]);
    expect(await to.status()).toMatchObject({ state: "up-to-date" });
    to.repository.write({
      "db/R__a_named.sql": view("id, name, colour"),
      "db/V2__colour.sql": "ALTER TABLE boats ADD COLUMN colour text;\n",
    });
    to.repository.commit("colour");
    expect(await to.status()).toMatchObject({ state: "pending", pending: ["2", "R__a_named"], edited: [] });
    expect(await applied()).toEqual(["2", "R__a_named"]);
    expect(
      await to.column("SELECT attname FROM pg_attribute WHERE attrelid = 'named'::regclass AND attnum > 0"),
    ).toEqual(["id", "name", "colour"]);
    expect(await to.column("SELECT script FROM flyway_schema_history ORDER BY installed_rank")).toEqual([
      "V1__boats.sql",
      "R__a_named.sql",
      "R__b_other.sql",
      "V2__colour.sql",
      "R__a_named.sql",
    ]);
    expect((await to.apply()).outcome).toBe("nothing-pending");
    // A versioned one that comes later finds those that are applied already.
    to.repository.write({ "db/V3__docks.sql": "CREATE TABLE docks (id int);\n" });
    expect(await applied()).toEqual(["3"]);
  });

  it("are rehearsed over what their old content made", async () => {
    await using to = await testTarget(server, server, {
      ...files,
      "db/R__c_more.sql": `CREATE OR REPLACE FUNCTION harbour(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
DROP MATERIALIZED VIEW IF EXISTS counted; CREATE MATERIALIZED VIEW counted AS SELECT harbour(id) AS at FROM named;
CREATE UNIQUE INDEX counted_at ON counted (at);\n`,
    });
    await to.apply();
    const named = await to.column("SELECT pg_get_viewdef('named'::regclass)");
    // PostgreSQL refuses to rename or drop a column of a view that is replaced.
    to.repository.write({ "db/R__a_named.sql": view("id AS number") });
    await expect(to.apply()).rejects.toThrow(
      /The rehearsal of `R__a_named` fails: .*cannot change name of view column .*Nothing was sent to the target/s,
    );
    expect(await to.column("SELECT pg_get_viewdef('named'::regclass)")).toEqual(named);
    // A versioned migration finds the views in its way too.
    to.repository.write({
      "db/R__a_named.sql": view("id, name"),
      "db/V2__less.sql": "ALTER TABLE boats ALTER COLUMN id TYPE bigint;\n",
    });
    await expect(to.apply()).rejects.toThrow(/The rehearsal of `2` fails: .*used by a view/s);
    // And the other way round: what works only over the old content is rehearsed over it.
    to.repository.write({
      "db/V2__less.sql": "DROP MATERIALIZED VIEW counted;\n",
      "db/R__a_named.sql": `ALTER VIEW named RENAME COLUMN id TO number;\n${view("id AS number, name")}`,
      "db/R__c_more.sql": "-- counted is gone\nDROP FUNCTION harbour(int);\n",
    });
    const { applied, unlike } = await to.apply();
    expect([applied.map(({ id }) => id), unlike]).toEqual([["2", "R__a_named", "R__c_more"], []]);
    expect(await to.status()).toMatchObject({ state: "up-to-date", schema: { state: "as-left" } });
  });

  it("never run over what somebody else made under their name", async () => {
    await using to = await testTarget(server, server, files);
    await to.client.query("CREATE VIEW other AS SELECT 1 AS one");
    await expect(to.apply()).rejects.toThrow(/view `public.other` is there, and no migration makes it/);
  });

  it("are tried by the gate when a change edits them", async () => {
    await using to = await testTarget(server, server, files);
    to.repository.git("branch", "base");
    to.repository.write({ "db/R__a_named.sql": view("id, name, sails") });
    to.repository.commit("sails");
    const gate = () =>
      runGate({ directory: to.repository.root, environment: process.env, engine: "embedded", base: "base" });
    const broken = (await gate()).projects[0];
    expect(broken?.lineage?.new).toEqual(["R__a_named"]);
    expect(broken?.findings.map(({ ruleId }) => ruleId)).toContain("upgrade-fails");
    to.repository.write({ "db/R__a_named.sql": view("id, name") });
    to.repository.commit("name");
    expect(await gate()).toMatchObject({ verdict: "passed" });
  });
});
