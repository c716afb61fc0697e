import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeDifference } from "../../src/catalog/describe.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { findPgDump } from "../support/pg-dump.ts";
import { startTestServer } from "../support/postgres.ts";
import { available } from "../support/requirements.ts";
import { applyChanges, type Observation } from "./apply-changes.ts";
import { changes } from "./changes.ts";

/** Changes about which the snapshot and `pg_dump` disagree on purpose, and why. */
const exceptions: Readonly<Record<string, string>> = {
  "an extension is updated":
    "pg_dump restores an extension in whatever version the new server has; a migration that updates one must take it back.",
  "a failed concurrent index is left behind":
    "pg_dump leaves out invalid indexes, because restoring would make them valid; here they are what went wrong.",
  "a materialized view is emptied":
    "pg_dump has REFRESH among the data, not in the schema; a view that cannot be read is a difference to the application.",
  "storage options are set in another order": "pg_dump writes them in the order they were set; it has no meaning.",
  "the triggers of a foreign key are disabled":
    "pg_dump restores a foreign key with enabled triggers; here nothing looks at it any more.",
  "the triggers of a foreign key are disabled where it refers to":
    "pg_dump restores a foreign key with enabled triggers; here nothing looks at it any more.",
  "every role gets a setting": "pg_dumpall writes the settings of single roles only.",
  "the public schema is dropped": "pg_dump counts on the public schema of the new database; the application notices.",
  "the language plpgsql is dropped": "pg_dump counts on the plpgsql of the new database; the application notices.",
  "the language plpgsql is dropped and created again":
    "pg_dump tells initdb's plpgsql from a later one by its internal number; nobody else can.",
};

const dumpMajor = available("pg_dump") ? findPgDump().major : 0;

it("covers at least 150 changes, each with a title of its own", () => {
  expect(changes.length).toBeGreaterThanOrEqual(150);
  expect(new Set(changes.map(({ title }) => title)).size).toBe(changes.length);
});

it("names only changes that exist as exceptions", () => {
  const titles = new Set(changes.map(({ title }) => title));
  expect(Object.keys(exceptions).filter((title) => !titles.has(title))).toEqual([]);
});

describe.each([18, 17, 16, 15, 14])("PostgreSQL %i", (major) => {
  const possible = changes.filter(({ since }) => since <= major);
  const withDump = major <= dumpMajor;
  let server: PostgresServer;
  let observations: ReadonlyMap<string, Observation>;

  beforeAll(async () => {
    if (!withDump) console.warn(`Not compared with pg_dump: PostgreSQL ${major}, for want of a pg_dump that reads it.`);
    server = await startTestServer(major);
    observations = await applyChanges(server, possible, withDump);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it("the snapshot tells apart what pg_dump tells apart, and nothing else, but for the exceptions", () => {
    const wrong = possible.flatMap(({ title, shown }) => {
      const { differences = [] } = observations.get(title) ?? {};
      const expected = title in exceptions ? !shown : shown;
      const sentences = differences.map((difference) => describeDifference(difference, "the change"));
      return differences.length > 0 === expected ? [] : [`${title}: ${sentences.join("; ") || "nothing reported"}`];
    });
    expect(wrong).toEqual([]);
  });

  it.skipIf(!withDump)("pg_dump tells apart what the fixtures say it does", () => {
    const wrong = possible.flatMap(({ title, shown }) => {
      const dumped = observations.get(title)?.dumped ?? [];
      const entries = dumped.map(({ about, sql }) => `${about}\n${sql}`);
      return dumped.length > 0 === shown ? [] : [`${title}:\n${entries.join("\n") || "no difference"}`];
    });
    expect(wrong).toEqual([]);
  });
});
