import { beforeAll, expect, it } from "vitest";
import { withDescendants } from "../../src/schema/schema.ts";
import { openSession } from "../../src/schema/session.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { advancedBy } from "./advanced-by.ts";

beforeAll(loadParser);

const parent = "CREATE TABLE boats (a int) PARTITION BY LIST (a)";
const child = "CREATE TABLE lanes PARTITION OF boats DEFAULT";

// PostgreSQL refuses these; a text that is only read may hold them all the same.
it.each([
  ["a partition of itself", [parent, "ALTER TABLE boats ATTACH PARTITION boats DEFAULT"]],
  ["a partition of its partition", [parent, child, "ALTER TABLE lanes ATTACH PARTITION boats DEFAULT"]],
  ["made as a partition of itself", ["CREATE TABLE boats PARTITION OF boats DEFAULT"]],
  [
    "a child of its child",
    ["CREATE TABLE boats ()", "CREATE TABLE lanes () INHERITS (boats)", "ALTER TABLE boats INHERIT lanes"],
  ],
  ["named like its parent, which code has dropped", [parent, child, "ALTER TABLE lanes RENAME TO boats"]],
])("makes no circle of a table that is %s", (_, statements) => {
  const further = ["CREATE INDEX ON boats (a)", "ALTER TABLE boats ADD PRIMARY KEY (a)", "DROP TABLE boats"];
  let session = openSession();
  for (const sql of statements) session = advancedBy(session, sql);
  expect(withDescendants(session.schema, "public.lanes")).toEqual(["public.lanes"]);
  for (const sql of further) session = advancedBy(session, sql);
  expect(session.schema.relations.has("public.boats")).toBe(false);
});
