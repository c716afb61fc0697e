import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readApplyInputs } from "../../src/action/apply-inputs.ts";
import { readInputs } from "../../src/action/inputs.ts";
import { UsageError } from "../../src/errors.ts";

const { inputs, outputs } = parse(readFileSync("action.yml", "utf8")) as {
  inputs: Record<string, { default?: string; description: string }>;
  outputs: Record<string, unknown>;
};

const read = (given: Readonly<Record<string, string>>) => readInputs((name) => given[name] ?? "");

test("every input that action.yml declares is read, and no other", () => {
  const asked = new Set<string>();
  for (const readAll of [readInputs, readApplyInputs])
    readAll((name) => {
      asked.add(name);
      return "";
    });
  expect([...asked].toSorted()).toEqual(Object.keys(inputs).toSorted());
});

test("no input is needed, and the defaults are good", () => {
  const defaults = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default ?? ""]));
  // What the expressions give where there is no matrix.
  const alone = { "github-token": "ghs_x", matrix: "null", "matrix-size": "1" };
  expect(read({ ...defaults, ...alone })).toEqual({
    mode: "check",
    artifact: true,
    commute: false,
    gate: { directory: "." },
    comment: true,
    token: "ghs_x",
    jobCount: 1,
  });
  expect(read({})).toEqual({
    mode: "check",
    commute: false,
    gate: { directory: "." },
    comment: true,
    artifact: true,
    jobCount: 1,
  });
});

test("every input reaches the gate", () => {
  const given = {
    mode: "watch",
    commute: "true",
    tool: "alembic",
    directory: "services/locks",
    project: "locks",
    config: ".github/headgate.yml",
    engine: "embedded",
    postgres: "16",
    image: "postgres:16",
    "database-url": "postgresql://localhost/x",
    base: "origin/main",
    replay: "all",
    "fail-on": "warning",
    "time-limit": "90s",
    comment: "false",
    artifact: "false",
    "github-token": "ghs_x",
    matrix: '{"postgres":17,"os":{"name":"linux"}}',
    "matrix-size": "3",
  };
  // Those that only `mode: apply` has are read elsewhere.
  const known = new Set<string>();
  readInputs((name) => {
    known.add(name);
    return "";
  });
  expect(Object.keys(given).toSorted()).toEqual([...known].toSorted());
  expect(read(given)).toEqual({
    mode: "watch",
    commute: true,
    artifact: false,
    gate: {
      tool: "alembic",
      directory: "services/locks",
      project: "locks",
      configFile: ".github/headgate.yml",
      engine: "embedded",
      postgres: "16",
      image: "postgres:16",
      databaseUrl: "postgresql://localhost/x",
      base: "origin/main",
      replay: "all",
      failOn: "warning",
      timeLimitMs: 90_000,
    },
    comment: false,
    token: "ghs_x",
    matrix: 'postgres 17, os {"name":"linux"}',
    jobCount: 3,
  });
});

test.each([
  [{ mode: "deploy" }, 'The input mode is "deploy"; it can be check, watch, comment, apply.'],
  [{ commute: "true" }, "The input commute needs `mode: watch`."],
  [{ engine: "docker" }, 'The input engine is "docker"; it can be auto, testcontainers, embedded, url, memory.'],
  [{ "fail-on": "info" }, 'The input fail-on is "info"; it can be error, warning.'],
  [{ "time-limit": "10" }, 'The input time-limit is "10"; it must be a time such as 90s, 10m or 1h.'],
  [{ matrix: "{" }, "The input matrix is no JSON; leave it as it is."],
  [{ comment: "yes" }, 'The input comment is "yes"; it can be true, false.'],
])("%j is refused", (given, message) => {
  expect(() => read(given as Readonly<Record<string, string>>)).toThrow(new UsageError(message));
});

test("the outputs are those that the contract names and that exist", () => {
  expect(Object.keys(outputs)).toEqual([
    "verdict",
    "heads",
    "new-revisions",
    "findings",
    "plan-digest",
    "report-path",
    "sql-path",
    "sarif-path",
    "comment-url",
    "pull-requests",
    "outcome",
    "applied",
  ]);
});

test("what is allowed by name is a list, however it is separated and ended", () => {
  const allowed = (allow: string) => readApplyInputs((name) => (name === "allow" ? allow : "")).apply.allow;
  expect(allowed("drift, unreviewed,")).toEqual(["drift", "unreviewed"]);
  expect(allowed("drift\nunreviewed\n")).toEqual(["drift", "unreviewed"]);
  expect([allowed(""), allowed(",")]).toEqual([undefined, []]);
});
