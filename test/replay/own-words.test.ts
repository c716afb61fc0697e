import { describe, expect, it, test } from "vitest";
import { runGate } from "../../src/gate.ts";
import { describeFailure } from "../../src/replay/findings.ts";
import { inOwnWords } from "../../src/replay/own-words.ts";
import { testRepository } from "../support/repository.ts";

test.each([
  ["22P02", 'invalid input syntax for type integer: "Ebb"', "", 'invalid input syntax for type integer: "…"'],
  [
    "22P02",
    'invalid input syntax for type integer: "Ebb"',
    "SELECT 'Ebb'::int",
    'invalid input syntax for type integer: "Ebb"',
  ],
  ["22P02", 'invalid input syntax for type json: "a "b" c"', "", 'invalid input syntax for type json: "…"'],
  ["22003", 'value "99999" is out of range for type smallint', "", 'value "…" is out of range for type smallint'],
  ["22021", 'invalid byte sequence for encoding "UTF8": 0x00', "", 'invalid byte sequence for encoding "UTF8": 0x00'],
  [
    "22P05",
    'character with byte sequence 0xe2 in encoding "UTF8" has no equivalent in encoding "LATIN1"',
    "",
    'character with byte sequence 0xe2 in encoding "UTF8" has no equivalent in encoding "LATIN1"',
  ],
  ["22023", 'value "a table "b" c" is none of type "mood" or "d"', "", 'value "…"'],
  [
    "2200H",
    'nextval: reached maximum value of sequence "boats_seq" (9)',
    "",
    'nextval: reached maximum value of sequence "boats_seq" (9)',
  ],
  ["22001", "value too long for type character varying(3)", "", "value too long for type character varying(3)"],
  ["23505", 'could not create unique index "boats_pkey"', "", 'could not create unique index "boats_pkey"'],
  ["42P01", 'relation "boats" does not exist', "", 'relation "boats" does not exist'],
  ["P0001", "boat Ebb of Alice Jones sinks.", "RAISE 'boat % of % sinks.'", "boat … of … sinks."],
  ["23514", "boat Ebb sinks", "RAISE 'boat % sinks' USING ERRCODE = 'check_violation'", "boat … sinks"],
])("%s %s", (sqlState, message, own, shown) => {
  const failure = { kind: "sql", revision: "1", sqlState, message } as const;
  expect(inOwnWords(failure, () => own).message).toBe(shown);
});

describe("what the gate says of a failure", () => {
  async function said(files: Readonly<Record<string, string>>): Promise<string> {
    using repository = testRepository(files);
    const verdict = await runGate({ directory: repository.root, engine: "embedded", environment: process.env });
    return JSON.stringify(verdict);
  }
  const start = {
    "dump.sql": "CREATE TABLE boats (id int, name text); INSERT INTO boats VALUES (1, 'Alice Jones');",
    "headgate.yml": "projects: [{ directory: ., start: { dump: dump.sql } }]\n",
  };

  it("quotes no row of the dump that the project starts from", async () => {
    for (const up of [
      "ALTER TABLE boats ALTER name TYPE int USING name::int;",
      "DO $$ BEGIN RAISE 'boat of % sinks', (SELECT name FROM boats); END $$;",
      "DO $$ BEGIN EXECUTE (SELECT 'SELECT ' || quote_literal(name) || '::int' FROM boats); END $$;",
    ]) {
      const text = await said({ ...start, "m/1_a.up.sql": up, "m/1_a.down.sql": "SELECT 1" });
      expect(text).toContain("upgrade-fails");
      expect(text).not.toContain("Alice");
    }
    expect(await said({ ...start, "m/1_a.up.sql": "SELECT 'Ebb'::int;" })).toContain('integer: \\"Ebb\\"');
  });
});

test.each([
  ["relation boats is missing.", "relation boats is missing."],
  ["no type; did you forget one?", "no type; did you forget one?"],
  ["relation boats is missing", "relation boats is missing."],
])("%j is said as a sentence", (message, said) =>
  expect(describeFailure({ kind: "code", revision: "1", message })).toBe(said),
);
