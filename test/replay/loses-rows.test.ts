import { expect, it } from "vitest";
import { runGate } from "../../src/gate.ts";
import { testRepository } from "../support/repository.ts";

it("a way back that drops what was there before, and makes it anew, is told; not what the upgrade brought, renamed, copied or computes", async () => {
  const file = (name: string, up: string, down: string) => ({
    [`m/${name}.up.sql`]: up,
    [`m/${name}.down.sql`]: down,
  });
  const create = "CREATE TABLE boats (id int, name text)";
  using repository = testRepository({
    ...file("1_boats", create, "DROP TABLE boats"),
    ...file("2_table", "ALTER TABLE boats ADD a int", `DROP TABLE boats; ${create}`),
    ...file(
      "3_column",
      "ALTER TABLE boats ALTER name TYPE varchar(9)",
      "ALTER TABLE boats DROP name; ALTER TABLE boats ADD name text",
    ),
    ...file("4_brought", "ALTER TABLE boats ADD b int", "ALTER TABLE boats DROP b"),
    ...file("5_dropped", "ALTER TABLE boats DROP name", "ALTER TABLE boats ADD name varchar(9)"),
    ...file(
      "6_renamed",
      "ALTER TABLE boats RENAME TO ships; CREATE TABLE boats (x int)",
      "DROP TABLE boats; ALTER TABLE ships RENAME TO boats",
    ),
    ...file(
      "7_copied",
      "ALTER TABLE boats ADD c int",
      "CREATE TABLE copy AS SELECT x FROM boats; DROP TABLE boats; ALTER TABLE copy RENAME TO boats",
    ),
    ...file(
      "8_computed",
      "ALTER TABLE boats ADD twice int GENERATED ALWAYS AS (2 * x) STORED",
      "ALTER TABLE boats DROP twice",
    ),
    ...file(
      "9_computed_otherwise",
      "ALTER TABLE boats DROP twice; ALTER TABLE boats ADD twice int GENERATED ALWAYS AS (x + x) STORED",
      "ALTER TABLE boats DROP twice; ALTER TABLE boats ADD twice int GENERATED ALWAYS AS (2 * x) STORED",
    ),
    ...file("10_wharfs", "CREATE TABLE wharfs (id int, name text)", "DROP TABLE wharfs"),
    ...file(
      "11_column_elsewhere",
      "ALTER TABLE wharfs DROP CONSTRAINT IF EXISTS wharfs_pkey; ALTER TABLE wharfs RENAME name TO title",
      "ALTER TABLE wharfs DROP title; ALTER TABLE wharfs ADD name text",
    ),
    ...file(
      "12_table_elsewhere",
      "ALTER TABLE wharfs RENAME TO piers",
      "DROP TABLE piers; CREATE TABLE wharfs (id int, title text)",
    ),
    ...file(
      "13_schema_elsewhere",
      "CREATE SCHEMA quay; ALTER TABLE piers SET SCHEMA quay",
      "DROP TABLE quay.piers; DROP SCHEMA quay; CREATE TABLE piers (id int, title text)",
    ),
    ...file(
      "14_dropped_beside",
      "ALTER TABLE quay.piers RENAME title TO name; ALTER TABLE quay.piers DROP id",
      "ALTER TABLE quay.piers RENAME name TO title; ALTER TABLE quay.piers ADD id int",
    ),
    ...file(
      "15_code",
      `ALTER TABLE quay.piers ADD a int, ADD b int; CREATE FUNCTION cut(what text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE format('ALTER TABLE quay.piers DROP %I', what); END $$`,
      "DROP FUNCTION cut; ALTER TABLE quay.piers DROP a, DROP b",
    ),
    ...file("16_dropped_by_code", "SELECT cut('a')", "ALTER TABLE quay.piers ADD a int"),
    ...file(
      "17_dropped_by_code_beside",
      "ALTER TABLE quay.piers RENAME name TO title; DO $$ BEGIN PERFORM cut('b'); END $$",
      "ALTER TABLE quay.piers RENAME title TO name; ALTER TABLE quay.piers ADD b int",
    ),
  });
  const { projects } = await runGate({ directory: repository.root, engine: "embedded", environment: process.env });
  const findings = projects.flatMap((project) => project.findings);
  expect(
    findings.filter(
      ({ ruleId, severity, statement }) => ruleId.includes("grade") && severity === "error" && statement === undefined,
    ),
  ).toEqual([]);
  expect(findings.filter(({ ruleId }) => ruleId === "downgrade-loses-rows")).toMatchObject([
    { revision: "2", direction: "down", message: expect.stringMatching(/: table `boats`\.$/) },
    { revision: "3", message: expect.stringMatching(/: column `boats\.name`\.$/) },
    { revision: "11", message: expect.stringMatching(/: column `wharfs\.name`\.$/) },
    { revision: "12", message: expect.stringMatching(/: table `wharfs`\.$/) },
    { revision: "13", message: expect.stringMatching(/: table `piers`\.$/) },
  ]);
});
