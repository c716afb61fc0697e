import { describe, expect, it, test } from "vitest";
import { runGate } from "../../src/gate.ts";
import { serverPorts } from "../../src/replay/server-port.ts";
import type { StatementReport } from "../../src/verdict.ts";
import { linear } from "../lineage/drawn-history.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { testRepository } from "../support/repository.ts";

type Pair = readonly [up: string, down: string];

/** Gates a branch that adds these to a first migration, in each folder. Gives what is found, notes and rules of single statements apart. */
async function found(projects: Readonly<Record<string, readonly Pair[]>>, databaseUrl?: string) {
  const tree = (pairs: (all: readonly Pair[]) => readonly Pair[]) =>
    Object.fromEntries(
      Object.entries(projects).flatMap(([folder, added]) =>
        pairs([["CREATE TABLE boats (id int)", "DROP TABLE boats"], ...added]).flatMap(([up, down], index) => [
          [`${folder}/migrations/${index + 1}_step.up.sql`, up],
          [`${folder}/migrations/${index + 1}_step.down.sql`, down],
        ]),
      ),
    );
  using repository = testRepository(tree((all) => all.slice(0, 1)));
  repository.branch(tree((all) => all));
  const verdict = await runGate({
    directory: repository.root,
    ...(databaseUrl === undefined ? { engine: "embedded" } : { databaseUrl }),
    base: "main",
    environment: process.env,
  });
  return verdict.projects.flatMap(({ name, findings }) =>
    findings
      .filter(({ severity, statement }) => severity !== "info" && statement === undefined)
      .map(({ ruleId, message, help }) => ({ project: name, ruleId, message, help })),
  );
}

describe("what a migration does to the server", () => {
  const oneWay = "-- headgate: one-way: it is there for good";
  const locks: Pair = ["CREATE TABLE locks (id int)", "DROP TABLE locks"];

  it("is taken back before the new revisions are applied once more", async () => {
    expect(
      await found({
        db: [
          [`${oneWay}\nCREATE DATABASE reports`, ""],
          [`${oneWay}\nSELECT pg_create_physical_replication_slot('reports')`, ""],
          [`${oneWay}\nCREATE SUBSCRIPTION reports CONNECTION 'host=x' PUBLICATION p WITH (connect = false)`, ""],
          locks,
        ],
      }),
    ).toEqual([]);
  });

  it("is taken back also on a server that others use, where it is a database", async () => {
    await using server = await startTestServer();
    const { user, password, host, port } = server.connection("shop");
    await (await createTestDatabase(server, "shop")).end();
    await using client = await connectTo(server, server.maintenanceDatabase);
    const databases = async () => (await client.query("select datname from pg_database order by 1")).rows;
    const before = await databases();
    const url = `postgresql://${user}:${password}@${host}:${port}/shop`;
    expect(await found({ db: [[`${oneWay}\nCREATE DATABASE "Berths"`, ""], locks] }, url)).toEqual([]);
    expect(await databases()).toEqual(before);
  });

  it("is compared where ALTER SYSTEM does it, and is not there for the next project", async () => {
    expect(
      await found({
        first: [
          ["ALTER SYSTEM SET work_mem = '8MB'", "ALTER SYSTEM RESET work_mem"],
          ["ALTER SYSTEM SET jit = off", "SELECT 1"],
        ],
        second: [
          [
            `DO $$ BEGIN
               IF EXISTS (SELECT FROM pg_file_settings WHERE name = 'jit') THEN RAISE 'jit is set'; END IF;
               CREATE TABLE locks ();
             END $$`,
            "DROP TABLE locks",
          ],
        ],
      }),
    ).toMatchObject([
      {
        project: "first",
        ruleId: "downgrade-does-nothing",
        message: expect.stringContaining("server setting `jit` survives the downgrade of `3`"),
        help: expect.stringContaining("ALTER SYSTEM RESET jit;"),
      },
    ]);
  });
});

test.each([
  ["migration", "COMMENT ON TABLE boats IS 'localhost:5432'", 1],
  ["migration", "CREATE SERVER quay FOREIGN DATA WRAPPER f OPTIONS (port '5432')", 1],
  ["migration", "CREATE TABLE boats (length int DEFAULT 5432)", 0],
  ["migration", "COMMENT ON TABLE boats IS 'localhost:54321'", 0],
  ["migration", "INSERT INTO boats VALUES ('localhost:5432')", 0],
  ["bookkeeping", "COMMENT ON TABLE boats IS 'localhost:5432'", 0],
] as const)("where the server's port is sent, %s: %s", (role, sql, count) => {
  const { revisions } = linear("1.sql");
  const sent = { role, sql } as StatementReport;
  const recorded = new Map(revisions.map(({ id }) => [id, { up: [sent] }]));
  expect(serverPorts(revisions, recorded, 5432)).toHaveLength(count);
});
