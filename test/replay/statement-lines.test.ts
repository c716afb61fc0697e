import { beforeAll, expect, it } from "vitest";
import { statementLines } from "../../src/replay/statement-lines.ts";
import { loadParser } from "../../src/sql/parser.ts";

beforeAll(loadParser);

it("each statement of a text that holds several comes from the operation that sent it", () => {
  const places = [
    { sql: "CREATE TABLE boats (name text DEFAULT ';')", line: 3 },
    { sql: "CREATE INDEX a ON boats (name);\n  ALTER TABLE boats ADD COLUMN b int; SELECT 1", line: 5 },
  ];
  const sent = [
    "CREATE TABLE boats (name text DEFAULT ';')",
    "CREATE INDEX a ON boats (name)",
    "ALTER TABLE boats ADD COLUMN b int;",
    "SELECT 1",
    "SELECT 2",
  ];
  expect(statementLines(sent, places)).toEqual([3, 5, 5, 5, undefined]);
});
