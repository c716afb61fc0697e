import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { testServers } from "../apply/servers.ts";
import { boats, type TestTarget } from "../apply/target.ts";
import { headgate } from "../support/cli.ts";

const { target } = testServers();

const ajv = new Ajv2020();
addFormats.default(ajv);
const published = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../docs/schema/${name}.schema.json`, import.meta.url), "utf8")) as object;
const schemas = Object.fromEntries(
  ["apply", "status", "downgrade"].map((name) => [name, ajv.compile(published(name))]),
);

/** What a command prints as JSON, which is what its published schema says, and how it ends. */
async function json(to: TestTarget, command: "apply" | "status" | "downgrade", ...args: readonly string[]) {
  const { directory, databaseUrl = "", rehearsalUrl = "" } = to.options;
  const rehearsing = command === "status" ? [] : ["--rehearsal-url", rehearsalUrl, "--quiet"];
  const { exitCode, stdout, stderr } = await headgate([
    command,
    "--format",
    "json",
    "--directory",
    directory,
    "--database-url",
    databaseUrl,
    ...rehearsing,
    ...args,
  ]);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  const isAsPublished = schemas[command]?.(report);
  expect([isAsPublished, schemas[command]?.errors]).toEqual([true, null]);
  return { exitCode, report, stderr };
}

describe("the JSON of what speaks to production", () => {
  it("is as published, also where a command does not get there", async () => {
    await using to = await target({
      ...boats,
      "migrations/3_names.up.sql": "ALTER TABLE boats ADD CONSTRAINT named CHECK (name <> 'Argo');\n",
      "migrations/3_names.down.sql": "ALTER TABLE boats DROP CONSTRAINT named;\n",
    });
    await to.client.query(
      "CREATE TABLE boats (id int PRIMARY KEY, name text NOT NULL); INSERT INTO boats VALUES (1, 'Argo')",
    );
    await to.client.query(
      "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null); INSERT INTO schema_migrations VALUES (1, false)",
    );
    expect(await json(to, "status")).toMatchObject({ exitCode: 1, report: { state: "pending" }, stderr: "" });
    expect(await json(to, "apply", "--dry-run")).toMatchObject({ exitCode: 0, report: { outcome: "dry-run" } });
    expect(await json(to, "apply", "--skip")).toMatchObject({ exitCode: 0, report: { outcome: "skipped" } });
    const { exitCode, report, stderr } = await json(to, "apply");
    expect([exitCode, report["outcome"], report["done"]]).toEqual([1, "failed", ["2"]]);
    expect(report["message"]).toMatch(/^`3` failed: .*Run `headgate apply` again/s);
    expect(stderr).toContain("headgate: `3` failed");
    await to.client.query("DELETE FROM boats");
    expect(await json(to, "apply")).toMatchObject({ exitCode: 0, report: { outcome: "applied" } });
    expect(await json(to, "apply")).toMatchObject({ exitCode: 0, report: { outcome: "nothing-pending" } });
    expect(await json(to, "status")).toMatchObject({ exitCode: 0, report: { state: "up-to-date" } });
    expect(await json(to, "downgrade", "-n", "2", "--yes")).toMatchObject({
      exitCode: 0,
      report: { outcome: "reverted" },
    });
    await to.client.query("CREATE TABLE by_hand (id int)");
    expect(await json(to, "downgrade", "-n", "1", "--yes")).toMatchObject({
      exitCode: 1,
      report: { outcome: "failed" },
    });
    await to.client.query("DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES (9, false)");
    expect(await json(to, "apply")).toMatchObject({ exitCode: 1, report: { outcome: "failed", done: [] } });
    const nowhere = ["--database-url", "postgresql://nobody@127.0.0.1:1/nothing"];
    for (const command of ["apply", "status"] as const)
      expect(await json(to, command, ...nowhere)).toMatchObject({ exitCode: 3, report: { outcome: "failed" } });
  });

  it("is asked for where it can be written before anything is done", async () => {
    await using to = await target();
    const { directory, databaseUrl = "", rehearsalUrl = "" } = to.options;
    const args = ["--directory", directory, "--database-url", databaseUrl, "--rehearsal-url", rehearsalUrl];
    const { exitCode, stderr } = await headgate(["apply", ...args, "--output", `${directory}/nowhere/report.json`]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("The report could not be written")]);
    expect((await to.status()).state).toBe("empty");
  });
});
