import { describe, expect, it } from "vitest";
import { loadParser } from "../../src/sql/parser.ts";
import { bindsSetting, settingOf } from "../../src/sql/setting.ts";
import { afterTransaction, differingSetting, nothingTold, tell, type Told } from "../../src/sql/told.ts";

await loadParser();

describe("what a statement says about its session", () => {
  it.each([
    ["SET search_path = canal, public", "search_path", false],
    ["-- where\nset /* for now */ local Search_Path to canal;", "search_path", true],
    ["SET SESSION my.tenant = 'a'", "my.tenant", false],
    ["SET TIME ZONE 'UTC'", "timezone", false],
    ["SET NAMES 'utf8'", "client_encoding", false],
    ["SET SCHEMA 'canal'", "search_path", false],
    ["SET ROLE harbour", "role", false],
    ["SET SESSION AUTHORIZATION harbour", "session_authorization", false],
    ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "transaction", true],
    ["SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "session characteristics", false],
    ["RESET search_path", "search_path", false],
    ["RESET ALL", "all settings", false],
    ["DISCARD ALL", "discard all", false],
    ["DISCARD TEMP", "discard temp", false],
    ["SELECT pg_catalog.set_config('search_path', '', false)", "search_path", false],
    ["select set_config('role', $1, true), set_config('x.y', E'z'::text, true)", "role, x.y", true],
    ["select set_config($1, $2, $3)", "a setting", false],
  ])("%s", (sql, name, local) => expect(settingOf(sql)).toMatchObject({ name, local }));

  it.each([
    "SET CONSTRAINTS ALL DEFERRED",
    "SET jit = off",
    "SELECT set_config('jit', $1, false)",
    "SET application_name = 'x'",
    "SELECT set_config('search_path', name, false) FROM tenants",
    "SELECT set_config('search_path', lower('A'), false)",
    "SELECT set_config('search_path', 'a', false), delete_everything()",
    "SELECT canal.set_config('search_path', 'a', false)",
    "SELECT 1",
    "SET search_path = a; DROP TABLE b",
    "UPDATE a SET b = 1",
    "SET nonsense",
  ])("is nothing, or more than that: %s", (sql) => expect(settingOf(sql)).toBeUndefined());

  it("counts with its value", () => {
    const said = (sql: string, values?: string) => settingOf(sql, values)?.said;
    expect(said("SET search_path = a")).toBe(said("  SET search_path = a; "));
    expect(said("SET search_path = a")).not.toBe(said("SET search_path = b"));
    expect(said("SELECT set_config('role', $1, false)", "1")).not.toBe(
      said("SELECT set_config('role', $1, false)", "2"),
    );
    expect(["set_config('role', $1, true)", "set_config('jit', $1, true)", "count($1)"].map(bindsSetting)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("what a session has been told", () => {
  const told = (...script: readonly string[]): Told =>
    script.reduce((before, sql) => {
      if (sql === "COMMIT") return afterTransaction(before);
      const setting = settingOf(sql);
      if (!setting) throw new Error(sql);
      return tell(before, setting);
    }, nothingTold);

  it.each([
    [["SET role = a", "SET role = b"], ["SET role = b"]],
    [["SET LOCAL role = a", "COMMIT"], []],
    [["SET LOCAL role = a", "SET role = b"], ["SET role = b"]],
    [["SET role = a", "SET search_path = b", "DISCARD ALL"], []],
  ])("%j is what %j leaves", (one, other) => expect(differingSetting(told(...one), told(...other))).toBeUndefined());

  it.each([
    [["SET role = a"], [], "role"],
    [[], ["SET LOCAL search_path = a"], "search_path"],
    [["SET role = a"], ["SET LOCAL role = a"], "role"],
    [["SET role = b", "SET LOCAL role = a"], ["SET role = b"], "role"],
    [["SET role = b", "RESET role"], [], "role"],
    [
      ["SET role = a", "SET session authorization b"],
      ["SET session authorization b", "SET role = a"],
      "session_authorization",
    ],
  ])("%j is not what %j leaves: %s", (one, other, name) =>
    expect(differingSetting(told(...one), told(...other))).toBe(name),
  );
});
