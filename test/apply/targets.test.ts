import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readShard } from "../../src/apply/shard.ts";
import { skew } from "../../src/apply/skew.ts";
import { applyToTargets, targetsOf } from "../../src/apply/targets.ts";
import type { ApplyOptions } from "../../src/apply/apply.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectionUrl } from "../../src/sessions/connection-string.ts";
import { headgate } from "../support/cli.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import { testRepository, type TestRepository } from "../support/repository.ts";
import { applySchema, statusSchema } from "../../src/report/apply-schema.ts";
import { asPublished, boats } from "./target.ts";

const names = ["canary", "north", "south", "west"] as const;
const configuration = `projects:
  - directory: .
    tool: sql
    migrations: migrations
    targets:
      concurrency: 2
      databases:
${names.map((name) => `        - { name: ${name}, variable: ${name.toUpperCase()}_URL }`).join("\n")}
`;

let server: PostgresServer;
let repository: TestRepository;
let environment: Record<string, string>;
beforeAll(async () => {
  server = await startTestServer(17);
  repository = testRepository({ ...boats, "headgate.yml": configuration });
  repository.commit("migrations");
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const databases = new Map<string, string>();
beforeEach(async () => {
  environment = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  for (const name of names) {
    await using client = await createTestDatabase(server);
    const { rows } = await client.query<{ name: string }>("select current_database() as name");
    databases.set(name, rows[0]?.name ?? "");
    environment[`${name.toUpperCase()}_URL`] = connectionUrl(server.connection(rows[0]?.name ?? ""));
  }
});
afterEach(() => databases.clear());

async function query(name: string, sql: string): Promise<readonly unknown[]> {
  await using client = await connectTo(server, databases.get(name) ?? "");
  const { rows } = await client.query<Record<string, unknown>>(sql);
  return rows.map((row) => Object.values(row)[0]);
}
const versions = (name: string) => query(name, "select version::int from schema_migrations").catch(() => []);

const options = (): ApplyOptions => ({ directory: repository.root, engine: "embedded", environment });

async function applied(shard?: string, onProgress?: (step: string) => void) {
  const all = { ...options(), ...(onProgress === undefined ? {} : { onProgress }) };
  const several = targetsOf(all);
  if (several === undefined) throw new Error("There are several.");
  const report = await applyToTargets(several, all, shard === undefined ? undefined : readShard(shard));
  return asPublished(applySchema, report);
}
const outcomes = ({ targets }: Awaited<ReturnType<typeof applied>>) =>
  targets.map((target) => [target.name, target.outcome === "done" ? target.report.outcome : target.outcome]);

describe("several targets", () => {
  it("are brought to one commit, the canary first and alone, and then have nothing pending", async () => {
    const steps: string[] = [];
    expect(outcomes(await applied(undefined, (step) => steps.push(step.split(":")[0] ?? "")))).toEqual(
      names.map((name) => [name, "applied"]),
    );
    expect(steps.lastIndexOf("canary")).toBeLessThan(steps.findIndex((name) => name !== "canary"));
    for (const name of names) expect(await versions(name)).toEqual([2]);
    expect(outcomes(await applied())).toEqual(names.map((name) => [name, "nothing-pending"]));
  });

  it("stop at the first that fails, and go on from there once it is mended", async () => {
    await query("canary", "create table boats (other text)");
    const first = await applied();
    expect(outcomes(first)).toEqual([
      ["canary", "failed"],
      ["north", "not-reached"],
      ["south", "not-reached"],
      ["west", "not-reached"],
    ]);
    expect(first.outcome).toBe("failed");
    for (const name of names) expect(await versions(name)).toEqual([]);
    await query("canary", "drop table boats");
    expect((await applied()).outcome).toBe("done");
  });

  it("are split by shards, each with the canary", async () => {
    expect(outcomes(await applied("1/2"))).toEqual([
      ["canary", "applied"],
      ["north", "applied"],
      ["west", "applied"],
    ]);
    expect(outcomes(await applied("2/2"))).toEqual([
      ["canary", "nothing-pending"],
      ["south", "applied"],
    ]);
  });

  it("say where they stand, and which are behind or cannot be reached", async () => {
    await applied("1/2");
    environment["WEST_URL"] = "postgresql://postgres:s3cret-word@127.0.0.1:1/west";
    const several = targetsOf(options());
    if (several === undefined) throw new Error("There are several.");
    const report = asPublished(statusSchema, await skew(several, { directory: repository.root, environment }));
    expect(report.groups).toEqual([
      { applied: 2, last: "2", targets: ["canary", "north"] },
      { applied: 0, targets: ["south"] },
    ]);
    expect(report.attention.map(({ name }) => name)).toEqual(["south", "west"]);
    expect(JSON.stringify(report)).not.toContain("s3cret-word");
  });

  it("are what the command line applies to, without naming a database", async () => {
    const run = (...args: readonly string[]) =>
      headgate([...args, "--directory", repository.root], { env: environment, cwd: repository.root });
    const again = await run("apply", "--engine", "embedded");
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/✔ 4 targets done\n$/) });
    expect(await run("status")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("✔ all targets stand") });
    const unreachable = { ...environment, WEST_URL: "postgresql://postgres@127.0.0.1:1/west" };
    for (const args of [["apply", "--engine", "embedded"], ["status"]])
      expect(await headgate([...args, "--directory", repository.root], { env: unreachable })).toMatchObject({
        exitCode: 3,
        stdout: expect.stringContaining("west: "),
      });
    const lost = await headgate(["apply", "--directory", repository.root], { env: { ...environment, WEST_URL: "" } });
    expect(lost).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("WEST_URL is not set") });
  });

  it("refuse a shard that is none", () => {
    for (const wrong of ["0/2", "3/2", "1", "a/b"]) expect(() => readShard(wrong)).toThrow(/for example 2\/5/);
  });
});
