import { describe, expect, it } from "vitest";
import { readConfiguration } from "../../src/repository/read-configuration.ts";
import { parseDuration } from "../../src/repository/duration.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { filesOf } from "../support/files.ts";

describe("readConfiguration", () => {
  it("has defaults for everything", () => {
    expect(readConfiguration(filesOf({}))).toEqual({
      "fail-on": "error",
      replay: "new",
      engine: "auto",
      "time-limit": 600_000,
      "outage-probe": true,
      history: "strict",
      "history-exemptions": [],
      rules: {},
      overrides: [],
      allow: [],
    });
  });

  it("finds the file in .github, and prefers the one at the root", () => {
    const github = { ".github/headgate.yml": "postgres: 16" };
    expect(readConfiguration(filesOf(github)).postgres).toBe("16");
    expect(readConfiguration(filesOf({ ...github, "headgate.yml": "postgres: 17.5" })).postgres).toBe("17.5");
  });

  it("takes a version as it is written, not as a number", () => {
    const text = "postgres: 17.10\nprojects: [{ postgres: 16.20 }, { postgres: '15.10' }]";
    const { postgres, projects } = readConfiguration(filesOf({ "headgate.yml": text }));
    expect([postgres, ...(projects ?? []).map((project) => project.postgres)]).toEqual(["17.10", "16.20", "15.10"]);
  });

  it("reads a project with everything", () => {
    const text = `
base: origin/trunk
time-limit: 90s
projects:
  - name: locks
    directory: ./services/locks/
    tool: alembic
    config: services/locks/alembic.ini
    section: locks
    migrations: services/locks/versions
    interpreter: /usr/bin/python3
    environment: { LOCKS_FLAG: true, LOCKS_DEPTH: 3 }
    prelude: [db/roles.sql]
    start: { dump: db/start.sql, revision: "0042" }
    database: locks
    one-way: { "0043": rows cannot be unmerged }
    heads: 2
    allow-empty: true
    postgres: 15
`;
    const configuration = readConfiguration(filesOf({ "headgate.yml": text }));
    expect(configuration["time-limit"]).toBe(90_000);
    expect(configuration.projects).toEqual([
      {
        name: "locks",
        directory: "services/locks",
        tool: "alembic",
        config: "services/locks/alembic.ini",
        section: "locks",
        migrations: ["services/locks/versions"],
        interpreter: "/usr/bin/python3",
        environment: { LOCKS_FLAG: "true", LOCKS_DEPTH: "3" },
        prelude: ["db/roles.sql"],
        start: { dump: "db/start.sql", revision: "0042" },
        database: "locks",
        "one-way": { "0043": "rows cannot be unmerged" },
        foreign: [],
        heads: 2,
        "allow-empty": true,
        postgres: "15",
      },
    ]);
  });

  it.each([
    ["an unknown key", "base: main\npoststgres: 17", /^headgate\.yml:2: There is no key `poststgres`; /],
    [
      "a rule that does not exist",
      "rules: { create-idx: off }",
      /^headgate\.yml:1: There is no rule create-idx, and no other finding of that name has a weight\.$/,
    ],
    ["an allowance of no rule", "allow: [{ rule: drop, paths: a.sql, reason: old }]", /There is no rule drop\.$/],
    [
      "an allowance whose path is none of the repository's",
      "allow: [{ rule: drop-column, paths: ./a.sql, reason: old }]",
      /neither \/ nor \.\/ nor \.\.\/ before it\.$/,
    ],
    [
      "an override whose path is none of the repository's",
      "overrides: [{ paths: [a.sql, ../b/**], rules: { drop-column: off } }]",
      /neither \/ nor \.\/ nor \.\.\/ before it\.$/,
    ],
    ["an allowance without a reason", "allow: [{ rule: drop-column, paths: a.sql, reason: ' ' }]", /needs a reason/],
    [
      "a weight that does not exist",
      "rules:\n  drop-column: fatal",
      /^headgate\.yml:2: `rules\.drop-column`: must be error, warning, info or off\.$/,
    ],
    ["a wrong value", "replay: some", /^headgate\.yml:1: `replay`: must be new or all\.$/],
    ["text where there are two choices", "outage-probe: 'yes'", /`outage-probe`: must be true or false\.$/],
    [
      "a number where text or a list is meant",
      "projects: [{ migrations: 3 }]",
      /migrations`: must be text or a list\.$/,
    ],
    ["nothing where something is meant", "base: ''", /`base`: must not be empty\.$/],
    ["an empty list", "projects: []", /`projects`: must hold at least one\.$/],
    ["too few", "projects: [{ heads: 0 }]", /`projects\.0\.heads`: must be at least 1\.$/],
    ["half a one", "projects: [{ heads: 1.5 }]", /`projects\.0\.heads`: must be a whole number\.$/],
    [
      "a name of no environment variable",
      "projects: [{ environment: { a-b: 1 } }]",
      /`projects\.0\.environment\.a-b`: is no name of an environment variable\.$/,
    ],
    ["what is missing", "projects:\n  - start: {}", /^headgate\.yml:2: `projects\.0\.start\.dump` is missing\.$/],
    ["no YAML", "projects: [", /^headgate\.yml:1 is not valid YAML: /],
    [
      "a path out of the repository",
      "projects: [{directory: ../other}]",
      /`projects\.0\.directory`: must be a path inside/,
    ],
    ["an absolute path", "projects: [{prelude: [/etc/x.sql]}]", /`projects\.0\.prelude\.0`: must be a path inside/],
    ["a one-way without a reason", "projects: [{one-way: {a1: ' '}}]", /`projects\.0\.one-way\.a1`: needs a reason/],
    ["a time without a unit", "time-limit: '10'", /`time-limit`: must be a time such as/],
    ["a list", "- a", /^headgate\.yml:1: must be keys with values\.$/],
  ])("says in one sentence what is wrong: %s", (_, text, message) => {
    const read = () => readConfiguration(filesOf({ "headgate.yml": text }));
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(message);
    try {
      read();
    } catch (error) {
      expect((error as Error).message.split("\n")).toHaveLength(1);
    }
  });

  it("names a file that does not exist", () => {
    expect(() => readConfiguration(filesOf({}), "gate.yml")).toThrow("The configuration file gate.yml does not exist.");
  });
});

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h", 3_600_000],
  ])("%s is %i ms", (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));
  it.each(["10", "m", "-1s", "1d", "", "0s", "25h", "600h"])("refuses %j", (text) =>
    expect(() => parseDuration(text)).toThrow(RangeError),
  );
});
