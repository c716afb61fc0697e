import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startServer } from "../../src/engines/start.ts";
import { startTestcontainers } from "../../src/engines/testcontainers.ts";
import { createWorkDatabase } from "../../src/engines/work-database.ts";
import { EngineError, UsageError } from "../../src/errors.ts";
import { runGate } from "../../src/gate.ts";
import { connectTo } from "../support/postgres.ts";
import { testRepository } from "../support/repository.ts";
import { available } from "../support/requirements.ts";

// The reaper's image would have to be pulled; what Headgate does without it is the harder half.
process.env["TESTCONTAINERS_RYUK_DISABLED"] ??= "true";
const image = process.env["HEADGATE_TEST_IMAGE"] ?? "headgate-postgres:17";
const docker = (...args: string[]): string => execFileSync("docker", args, { encoding: "utf8" }).trim();
const containers = () =>
  docker("ps", "-a", "--filter", "name=^headgate-", "--format", "{{.Names}}").split("\n").filter(Boolean);
const volumes = () => docker("volume", "ls", "-q").split("\n").filter(Boolean);

describe.skipIf(!available("docker"))("with a Docker engine", () => {
  test("a container serves a work database and is gone after dispose, its volume too", async () => {
    const before = { containers: containers(), volumes: volumes() };
    {
      await using server = await startServer("auto", { image });
      expect(server).toMatchObject({ engine: "testcontainers", templateDatabase: "headgate_template" });
      await using work = await createWorkDatabase(server, "postgres");
      await using client = await connectTo(server, work.name);
      await client.query("create role shop_owner; create table orders (); alter table orders owner to shop_owner");
      const { rows } = await client.query(
        "select name, setting from pg_settings where name in ('fsync', 'autovacuum') order by 1",
      );
      expect(rows).toEqual([
        { name: "autovacuum", setting: "off" },
        { name: "fsync", setting: "off" },
      ]);
      await client.end();
      await work.checkpoint();
      await work.restore();
    }
    expect({ containers: containers(), volumes: volumes() }).toEqual(before);
  });

  test.each([
    [
      "an image that cannot be pulled",
      "registry.invalid/headgate/nothing:1",
      /^The image registry\.invalid\/headgate\/nothing:1 could not be pulled; .*--engine embedded.*\.$/,
    ],
    ["a name that is none", "NOT an image", /NOT an image/],
  ])("%s is one sentence", async (_, wanted, message) => {
    const failure = startTestcontainers({ image: wanted });
    await expect(failure).rejects.toThrow(EngineError);
    await expect(failure).rejects.toThrow(message);
  });

  test("where nobody asked for a container and its image cannot be had, the embedded server takes its place, and says so", async () => {
    vi.stubEnv("TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX", "registry.invalid");
    onTestFinished(() => void vi.unstubAllEnvs());
    const said: string[] = [];
    await using server = await startServer("auto", { postgres: "18", onProgress: (step) => said.push(step) });
    expect(server).toMatchObject({
      engine: "embedded",
      major: 18,
      instead: "the image postgres:18 could not be pulled",
    });
    expect(said).toContain("the image postgres:18 could not be pulled: using the embedded PostgreSQL");
    await using client = await connectTo(server, server.maintenanceDatabase);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    using repository = testRepository({ "migrations/1_boats.up.sql": "CREATE TABLE boats (id int PRIMARY KEY);" });
    const { projects } = await runGate({ directory: repository.root, environment: process.env });
    expect(projects[0]?.server).toMatchObject({ engine: "embedded", instead: expect.stringContaining("postgres:") });
    await expect(startServer("auto", { postgres: "3" })).rejects.toThrow(
      /^The image postgres:3 could not be pulled; .* Without Docker: The embedded engine has no PostgreSQL 3/,
    );
    await expect(startServer("testcontainers", { postgres: "18" })).rejects.toThrow(/--engine embedded/);
  });

  test("an image that is there and does not start is no reason to take another server", async () => {
    const broken = "headgate-broken";
    const container = docker("create", image);
    onTestFinished(() => void docker("rm", "-f", "-v", container));
    docker("commit", "--change", 'ENTRYPOINT ["false"]', container, `${broken}/postgres:18`);
    onTestFinished(() => void docker("rmi", "-f", `${broken}/postgres:18`));
    vi.stubEnv("TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX", broken);
    onTestFinished(() => void vi.unstubAllEnvs());
    const before = { containers: containers(), volumes: volumes() };
    await expect(startServer("auto", { postgres: "18" })).rejects.toThrow(
      /^PostgreSQL did not start from the image postgres:18 \(its container ended with exit code 1 and without a word\)\.$/,
    );
    expect({ containers: containers(), volumes: volumes() }).toEqual(before);
  });

  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
    "%s leaves no container, without Testcontainers' reaper",
    async (signal) => {
      const before = { containers: containers(), volumes: volumes() };
      const script = `
      import { startTestcontainers } from ${JSON.stringify(import.meta.resolve("../../src/engines/testcontainers.ts"))};
      await startTestcontainers({ image: ${JSON.stringify(image)} });
      console.log("ready");
      setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TESTCONTAINERS_RYUK_DISABLED: "true" },
        stdio: ["ignore", "pipe", "ignore"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      await once(child.stdout, "data");
      expect(containers()).toHaveLength(before.containers.length + 1);
      child.kill(signal);
      await expect
        .poll(() => ({ containers: containers(), volumes: volumes() }), { timeout: 20_000, interval: 250 })
        .toEqual(before);
    },
  );
});

test.each(["; rm -rf /", "-17", ""])("`%s` is no version", async (postgres) => {
  await expect(startTestcontainers({ postgres })).rejects.toThrow(UsageError);
});

describe("without a Docker engine", () => {
  const attempt = (environment: NodeJS.ProcessEnv): string => {
    const script = `
      import { requireDocker } from ${JSON.stringify(import.meta.resolve("../../src/engines/docker.ts"))};
      await requireDocker().then(() => console.log("answers"), (error) => console.log(error.name + ": " + error.message));
      process.exit();`;
    return execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: process.env["PATH"], ...environment },
      encoding: "utf8",
    });
  };

  test("DOCKER_HOST points to nobody", () => {
    expect(attempt({ DOCKER_HOST: "tcp://127.0.0.1:1", HOME: "/nonexistent" })).toBe(
      "EngineError: The Docker engine that DOCKER_HOST points to does not answer; start it, or use --engine embedded, which needs no Docker.\n",
    );
  });
});
