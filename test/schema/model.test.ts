import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { openSession, type Session } from "../../src/schema/session.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";
import { advancedBy } from "./advanced-by.ts";
import { differences } from "./differences.ts";
import { randomNumbers, randomStatement } from "./random-ddl.ts";
import { readRealSchema } from "./real-schema.ts";

// Another seed looks at other histories: HEADGATE_MODEL_SEED=7 HEADGATE_MODEL_RUNS=500.
const seed = Number(process.env["HEADGATE_MODEL_SEED"] ?? 1);
const runs = Number(process.env["HEADGATE_MODEL_RUNS"] ?? 20);
const statements = 150;

describe.each([14, 18])("PostgreSQL %i", (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    await loadParser();
    server = await startTestServer(major);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it(`agrees with the model after every statement of ${runs} random histories`, async () => {
    const wrong: string[] = [];
    for (let run = 0; run < runs; run += 1) {
      await using client = await createTestDatabase(server);
      const found = await firstDifference(
        client,
        randomNumbers(seed * 100_000 + run),
        run % 2 === 0 ? "all" : "partitions",
      );
      if (found !== undefined) wrong.push(found);
    }
    if (wrong.length > 0) throw new Error(wrong.join("\n\n"));
  }, 600_000);

  it("agrees with the model about names that are made up, taken, and cut to fit", async () => {
    const [long, other] = ["boats_".repeat(8), "locks_".repeat(8)];
    await using client = await createTestDatabase(server);
    let session: Session = { ...openSession(), complete: true, newestMajor: major };
    for (const sql of [
      `CREATE TABLE ${long} (id int PRIMARY KEY, ${other} int, name text)`,
      ...[1, 2, 3].map(() => `ALTER TABLE ${long} ADD UNIQUE (${other})`),
      ...[1, 2, 3].map(() => `ALTER TABLE ${long} ADD CHECK (${other} > 0)`),
      ...[1, 2].map(() => `ALTER TABLE ${long} ADD CHECK (${other} > id)`),
      ...[1, 2].map(() => `ALTER TABLE ${long} ADD FOREIGN KEY (${other}) REFERENCES ${long}`),
      ...[1, 2].map(() => `CREATE INDEX ON ${long} (${other})`),
      `CREATE TABLE copy_of_${long} (LIKE ${long} INCLUDING ALL)`,
      // Where a character of two bytes would be cut in the middle.
      ...["", "x"].flatMap((first) => {
        const [table, column] = ["ä", "ö"].map((letter) => first + letter.repeat(30));
        return [
          `CREATE TABLE ${table} (${column} int UNIQUE CHECK (${column} > 0))`,
          `CREATE INDEX ON ${table} (${column})`,
        ];
      }),
    ]) {
      await client.query(sql);
      session = advancedBy(session, sql);
    }
    expect(differences(session.schema, await readRealSchema(client))).toEqual([]);
  });

  /** Runs a random history until model and catalog differ; gives the history that far, with what differs. */
  async function firstDifference(
    client: pg.Client,
    below: (limit: number) => number,
    about: "all" | "partitions",
  ): Promise<string | undefined> {
    const ran: string[] = [];
    let session: Session = { ...openSession(), complete: true, newestMajor: major };
    for (let count = 0; count < statements; count += 1) {
      const sql = randomStatement(below, about);
      try {
        await client.query(sql);
        session = advancedBy(session, sql);
        ran.push(sql);
      } catch {
        // What fails makes no difference, but to the transaction that it ends.
        if (!session.transaction) continue;
        await client.query("ROLLBACK");
        session = advancedBy(session, "ROLLBACK");
        ran.push("ROLLBACK");
      }
      const found = differences(session.schema, await readRealSchema(client));
      if (found.length > 0) return [...ran, ...found.map((each) => `  -- ${each}`)].join("\n");
    }
    return undefined;
  }
});
