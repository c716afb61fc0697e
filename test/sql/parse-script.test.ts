import { beforeAll, expect, test } from "vitest";
import { parseScript } from "../../src/sql/parse-script.ts";
import { loadParser } from "../../src/sql/parser.ts";

beforeAll(loadParser);

test("statements end with neither semicolon nor blanks", () => {
  expect(parseScript("SELECT 1 ;\n; ;\n SELECT ';' ").map(({ sql }) => sql)).toEqual(["SELECT 1", "SELECT ';'"]);
});

test("blanks inside take no longer than reading them", () => {
  const blanks = " ".repeat(200_000);
  const startedAt = performance.now();
  expect(parseScript(`SELECT${blanks}1;`).map(({ sql }) => sql)).toEqual([`SELECT${blanks}1`]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
