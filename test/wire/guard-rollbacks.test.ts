import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { alembicHistory, asynchronousEnvironment } from "../support/alembic-history.ts";
import { startTestServer } from "../support/postgres.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { rehearseAndApply } from "../support/rehearse-and-apply.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

await loadParser();

let server: PostgresServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

/** Production has rows where the rehearsal has none: `special` says where the migration runs. */
const setup = `create table boats (name text); insert into boats values ('Argo'), ('Beagle');
  create schema quay; create table quay.boats (name text); create schema lock; create table lock.boats (name text); insert into lock.boats values ('Cutty')`;

const nested = (...lines: readonly string[]): readonly string[] => [
  "try:",
  "    with connection.begin_nested():",
  ...lines.map((line) => `        ${line}`),
  "except Exception: pass",
];
const remove = (name: string): string => `op.execute("DELETE FROM boats WHERE name = '${name}'")`;
const fails = `op.execute("SELECT 1 / 0")`;
const setPath = `op.execute("SET search_path TO lock, public")`;

/** Each with what is left of the boats, where it is applied. */
const asRehearsed: Record<string, readonly [lines: readonly string[], boats: readonly string[]]> = {
  "a savepoint that is released": [nested(remove("Argo")), ["Beagle"]],
  "a savepoint that is rolled back everywhere": [
    ["savepoint = connection.begin_nested()", remove("Argo"), "savepoint.rollback()", remove("Beagle")],
    ["Argo"],
  ],
  "a failure that is passed over everywhere": [[...nested(remove("Argo"), fails), remove("Beagle")], ["Argo"]],
  "a failure that only the rehearsal has": [
    nested(remove("Argo"), `op.execute("SELECT 1 / (SELECT count(*) FROM settings)")`),
    ["Beagle"],
  ],
  "an attempt that fails and is made again": [
    [
      "for attempt in range(2):",
      "    try:",
      "        with connection.begin_nested():",
      `            ${remove("Argo")}`,
      `            if special and attempt == 0: raise ValueError()`,
      "        break",
      "    except ValueError: pass",
    ],
    ["Beagle"],
  ],
  "a setting that a savepoint takes back everywhere": [
    ["savepoint = connection.begin_nested()", setPath, "savepoint.rollback()", remove("Argo")],
    ["Beagle"],
  ],
};

const otherwise: Record<string, readonly string[]> = {
  "a savepoint that is rolled back here alone": [
    "savepoint = connection.begin_nested()",
    remove("Argo"),
    "savepoint.rollback() if special else savepoint.commit()",
    remove("Beagle"),
  ],
  "the last statement, rolled back here alone": [
    remove("Beagle"),
    "savepoint = connection.begin_nested()",
    remove("Argo"),
    "savepoint.rollback() if special else savepoint.commit()",
  ],
  "a savepoint that was rolled back in the rehearsal alone": [
    "savepoint = connection.begin_nested()",
    remove("Argo"),
    "savepoint.commit() if special else savepoint.rollback()",
    remove("Beagle"),
  ],
  "a failure that is passed over here alone": [
    ...nested(remove("Argo"), `op.execute("SELECT 1 / (1 - (SELECT count(*) FROM settings))")`),
    remove("Beagle"),
  ],
  "a transaction that is rolled back here alone": [
    remove("Argo"),
    `if special: op.execute("ROLLBACK AND CHAIN")`,
    remove("Beagle"),
  ],
  "a setting that a savepoint takes back here alone": [
    "savepoint = connection.begin_nested()",
    setPath,
    "savepoint.rollback() if special else savepoint.commit()",
    remove("Argo"),
  ],
};

const drivers = ["psycopg", "asyncpg"] as const;

describe.skipIf(!available("python")).each(drivers)("Alembic with %s", (driver) => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(currentAlembic);
  }, 600_000);

  const run = async (lines: readonly string[]) => {
    const upgrade = [
      "connection = op.get_bind()",
      `special = connection.exec_driver_sql("select count(*) from settings").scalar() > 0`,
      ...lines,
    ].join("\n");
    const history = alembicHistory(python, [{ id: "r0", upgrade }]);
    using repository = testRepository({
      ...history,
      "alembic.ini": history["alembic.ini"]?.replace("+psycopg:", `+${driver}:`) ?? "",
      ...(driver === "asyncpg" && { "migrations/env.py": asynchronousEnvironment }),
    });
    // The repository is there until this scope ends.
    return await rehearseAndApply(server, repository, { setup });
  };

  const some = <Value>(all: Readonly<Record<string, Value>>) =>
    Object.entries(all).slice(0, driver === "psycopg" ? undefined : 2);

  test.each(some(asRehearsed))(
    "%s",
    async (_, [lines, left]) => {
      const { outcome, guarded, boats } = await run(lines);
      expect({ kind: outcome.kind, guarded }).toEqual({ kind: "done", guarded: { passed: expect.any(Number) } });
      expect(boats).toEqual([...left, "Cutty"]);
    },
    60_000,
  );

  test.each(some(otherwise))(
    "%s, and nothing is committed",
    async (_, lines) => {
      const { outcome, guarded, boats, recorded } = await run(lines);
      expect(guarded.refusal?.message).toMatch(
        /^Headgate did not send \w+ of revision r0 to the database: it came (?:where|before|in|although)\b[^.]*(?:rolled back|expected|search_path|failed)[^.]*\.$/,
      );
      expect([outcome.kind, boats, recorded]).toEqual(["failed", ["Argo", "Beagle", "Cutty"], 0]);
    },
    60_000,
  );
});
