import { beforeAll, expect, it } from "vitest";
import { plainScript } from "../../src/rules/plain-script.ts";
import { walkScript } from "../../src/rules/walk.ts";
import { openSession } from "../../src/schema/session.ts";
import { loadParser } from "../../src/sql/parser.ts";

beforeAll(loadParser);

const routine = (name: string, body: string) => `CREATE FUNCTION ${name}() RETURNS void LANGUAGE sql AS $$ ${body} $$;`;

it("walks through what a statement runs by its routines once, however often and deep they call each other", () => {
  const sql = [
    "CREATE TABLE boats (a int);",
    routine("f5", "UPDATE boats SET a = 1; SELECT f1();"),
    ...[4, 3, 2, 1].map((number) => routine(`f${number}`, `SELECT f${number + 1}(); `.repeat(30))),
    "SELECT f1();",
    "SELECT f1();",
  ].join("\n");
  const inner = walkScript(openSession(), plainScript("1.sql", sql)).steps.filter((step) => step.inner);
  expect(inner.filter(({ sql: each }) => each.includes("UPDATE"))).toHaveLength(2);
  expect(inner).toHaveLength(2 * (4 * 30 + 2));
});
