import { describe, expect, it } from "vitest";
import { testServers } from "./servers.ts";
import { boats } from "./target.ts";

const { target } = testServers();

const settings = "current_setting('lock_timeout') || ' ' || current_setting('statement_timeout')";
const history = {
  ...boats,
  "migrations/3_seen.up.sql": `ALTER TABLE boats ADD COLUMN keel text;\nCREATE TABLE seen AS SELECT ${settings} AS at;\n`,
  "migrations/4_seen_too.up.sql": `INSERT INTO seen SELECT ${settings};\n`,
  "headgate.yml": `projects:
  - directory: .
    limits: { lock-timeout: 300ms, blocking-timeout: 7s, statement-timeout: 5m, attempts: 9 }
`,
};

describe("limits", () => {
  it("are those of the project, then those of the command line, and are written down", async () => {
    await using to = await target(history);
    await to.apply({ limits: { "blocking-timeout": 8_000, "retry-pause": 1_000 } });
    expect(await to.column("SELECT at FROM seen")).toEqual(["300ms 8s", "300ms 5min"]);
    expect(await to.column("SELECT details -> 'limits' FROM headgate.entry WHERE event = 'began' LIMIT 1")).toEqual([
      {
        "lock-timeout": 300,
        "blocking-timeout": 8_000,
        "statement-timeout": 300_000,
        attempts: 9,
        "retry-pause": 1_000,
      },
    ]);
  });

  it("are refused before the target is asked when one makes another pointless", async () => {
    await using to = await target(history);
    const databaseUrl = "postgresql://nobody@127.0.0.1:1/nothing";
    await expect(to.apply({ databaseUrl, limits: { "lock-timeout": 9_000 } })).rejects.toThrow(/blocking-timeout/);
  });
});
