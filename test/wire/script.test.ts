import { beforeAll, expect, test } from "vitest";
import { loadScriptParser, readScript } from "../../src/wire/script.ts";

beforeAll(loadScriptParser);

test.each([
  ["DECLARE c CURSOR WITH HOLD FOR SELECT 1", true],
  ["DECLARE c CURSOR WITHOUT HOLD FOR WITH held AS (SELECT 1) SELECT 1", false],
  ["DO $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH' || ' HOLD FOR SELECT 1'; END $$", true],
  ["SELECT 'hold', 'with'", false],
])("%s may open a cursor WITH HOLD: %s", (sql, holds) => {
  expect(readScript(Buffer.from(sql), "UTF8")?.map(({ kind }) => kind.holdsCursor)).toEqual([holds]);
});

// Looked through anew behind each word, this would take minutes.
test.each(["INSERT INTO letters VALUES ('%')", "SELECT '%'"])("a long text is looked through once: %s", (sql) => {
  const text = sql.replace("%", () => "with kind regards, ".repeat(100_000));
  expect(readScript(Buffer.from(text), "UTF8")?.map(({ kind }) => kind.holdsCursor)).toEqual([false]);
});
