import { beforeAll, expect, it } from "vitest";
import { rules } from "../../src/rules/registry.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { plainScript } from "../../src/rules/plain-script.ts";
import { judged } from "./fixtures.ts";

beforeAll(loadParser);

const tables =
  "CREATE TABLE locks (id bigint PRIMARY KEY, keeper text);\nCREATE TABLE lamps (id bigint PRIMARY KEY);\nCREATE TABLE boats (name text);\nCREATE INDEX boats_name ON boats (name);";

/** `line rule` of every warning and error about a change to these tables. */
const said = (sql: string): readonly string[] =>
  judged(
    [tables, sql].map((text, number) => ({ up: [plainScript(`${number}.sql`, text)], down: [], judged: number > 0 })),
    { rules, majors: [18], settings: {} },
  )
    .findings.filter(({ severity }) => severity !== "info")
    .map(({ ruleId, line }) => `${line} ${ruleId}`);

const allowance = (rule: string) => `-- headgate: allow ${rule}: small\n`;
const index = "CREATE INDEX locks_keeper ON locks (keeper);\n";
const required = "ALTER TABLE locks ALTER COLUMN keeper SET NOT NULL;\n";
const ofLocks = "ALTER TABLE locks ADD COLUMN depth int;\n";
const ofLamps = "ALTER TABLE lamps ADD COLUMN wick text;\n";

it("speaks of each migration, whatever was said of a way back before it", () => {
  const files = ["1.sql", "2.sql", "3.sql"];
  const found = judged(
    [tables, ofLocks, ofLamps].map((text, number) => ({
      up: [{ ...plainScript(`up/${files[number]}`, text), transaction: true }],
      down: [{ ...plainScript(`down/${files[number]}`, number === 1 ? ofLamps : ""), transaction: true }],
      judged: number > 0,
    })),
    { rules, majors: [18], settings: {} },
  );
  expect(found.findings.filter(({ severity }) => severity !== "info").map(({ file }) => file)).toEqual([
    "up/2.sql",
    "down/2.sql",
    "up/3.sql",
  ]);
});

it.each([
  ["where it is the only one", ofLocks, ["1 missing-lock-timeout"]],
  ["not beside an error about the same lock", index, ["1 create-index-blocking"]],
  ["not beside the warning that says how nothing waits", "DROP INDEX boats_name;\n", ["1 drop-index-blocking"]],
  [
    "where that warning is allowed",
    `${allowance("drop-index-blocking")}DROP INDEX boats_name;\n`,
    ["2 missing-lock-timeout"],
  ],
  ["where that error is allowed", allowance("create-index-blocking") + index, ["2 missing-lock-timeout"]],
  [
    "of the next statement that waits in the transaction of an error",
    `BEGIN;\n${index}${ofLamps}COMMIT;`,
    ["2 create-index-blocking", "3 several-tables-locked", "3 missing-lock-timeout"],
  ],
  ["not of a statement whose lock the transaction has", `BEGIN;\n${required}${ofLocks}COMMIT;`, ["2 set-not-null"]],
  [
    "once for a transaction",
    `BEGIN;\n${ofLocks}${ofLamps}COMMIT;`,
    ["2 missing-lock-timeout", "3 several-tables-locked"],
  ],
  [
    "not where it is allowed in the transaction",
    `BEGIN;\n${allowance("missing-lock-timeout")}${ofLocks}${ofLamps}COMMIT;`,
    ["4 several-tables-locked"],
  ],
])("speaks of a missing lock_timeout %s", (_, sql, expected) => {
  expect(said(sql).toSorted()).toEqual(expected.toSorted());
});
