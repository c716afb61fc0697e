import { describe, expect, test } from "vitest";
import { bareStatement, terminated, withoutLeadingComments } from "../../src/sql/scan-statements.ts";

describe("a statement without what stands around it", () => {
  test.each([
    ["SELECT 1", "SELECT 1"],
    [" \n-- why\n-- and why not\r\n/* a /* nested */ comment */ SELECT 1 -- end\n", "SELECT 1 -- end\n"],
    ["-- nothing else", ""],
    ["/* never closed SELECT 1", ""],
    ["", ""],
  ])("%j begins with its first word", (sql, expected) => expect(withoutLeadingComments(sql)).toBe(expected));

  test.each([
    ["/* x */ SELECT 1 ;\n ", "SELECT 1"],
    ["SELECT ';'", "SELECT ';'"],
    [";", ""],
  ])("%j is bare", (sql, expected) => expect(bareStatement(sql)).toBe(expected));

  test.each([
    ["SELECT 1", "SELECT 1;"],
    ["SELECT 1;", "SELECT 1;"],
    ["SELECT 1 -- one", "SELECT 1; -- one"],
    ["SELECT 1; -- one", "SELECT 1; -- one"],
    ["SELECT '--;' /* ; */", "SELECT '--;'; /* ; */"],
    ["SELECT E'\\'--' -- ;", "SELECT E'\\'--'; -- ;"],
    ["DO $$ BEGIN; END -- $$", "DO $$ BEGIN; END -- $$;"],
    ["-- nothing", "-- nothing"],
  ])("%j is terminated", (sql, expected) => expect(terminated(sql)).toBe(expected));

  test("takes no longer than reading it", () => {
    const blanks = " ".repeat(200_000);
    const comment = `/*${"x".repeat(12_000_000)}*/`;
    const startedAt = performance.now();
    expect(bareStatement(`${comment}SELECT${blanks}1${blanks};`)).toBe(`SELECT${blanks}1`);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
