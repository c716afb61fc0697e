import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { headgate } from "../support/cli.ts";
import { connectTo, startTestServer } from "../support/postgres.ts";
import { testRepository } from "../support/repository.ts";

describe("headgate stats", () => {
  let server: PostgresServer;
  const directory = mkdtempSync(join(tmpdir(), "headgate-test-"));
  const file = join(directory, "stats.json");
  beforeAll(async () => {
    server = await startTestServer();
    await using client = await connectTo(server, server.maintenanceDatabase);
    await client.query(
      "create table locks (id int primary key); insert into locks select generate_series(1, 5000); analyze locks",
    );
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await server[Symbol.asyncDispose]();
  });

  it("writes what the findings of lint then say", async () => {
    const { host, port, user, password, database } = server.connection(server.maintenanceDatabase);
    const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
    const read = await headgate(["stats", "--output", file], { env });
    expect(read).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    expect(readFileSync(file, "utf8")).not.toContain(password);
    const { exitCode, stdout } = await headgate(["lint", "--stats", file, "--format", "json", "-"], {
      cwd: directory,
      input: "CREATE INDEX ON locks (id);",
    });
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({
          ruleId: "create-index-blocking",
          message: expect.stringMatching(/public\.locks had about 5 thousand rows, .* takes less than 1 s at/),
        }),
      ]),
    });
  });

  it("writes what the findings of check then say", async () => {
    using repository = testRepository({
      "headgate.yml": "projects: [{ prelude: [db/locks.sql] }]",
      "db/locks.sql": "CREATE TABLE locks (id int PRIMARY KEY);",
      "migrations/1_index.up.sql": "CREATE INDEX locks_again ON locks (id);",
      "migrations/1_index.down.sql": "DROP INDEX locks_again;",
    });
    const { stdout } = await headgate(["check", "--engine", "embedded", "--stats", file, "--format", "json"], {
      cwd: repository.root,
    });
    const [project] = JSON.parse(stdout).projects;
    expect(project.findings).toContainEqual(
      expect.objectContaining({
        ruleId: "create-index-blocking",
        message: expect.stringContaining("public.locks had about 5 thousand rows"),
      }),
    );
  });

  it("says in a sentence that nobody answers, and that a file is no statistics", async () => {
    const nobody = await headgate(["stats"], { env: { PGHOST: "127.0.0.1", PGPORT: "1", PGPASSWORD: "s3cret-word" } });
    expect(nobody.exitCode).toBe(3);
    expect(JSON.parse(nobody.stdout)).toMatchObject({ verdict: "errored", projects: [] });
    expect(nobody.stderr).toMatch(/^headgate: .*127\.0\.0\.1/);
    expect(nobody.stdout + nobody.stderr).not.toContain("s3cret-word");
    const wrong = await headgate(["lint", "--stats", "/nowhere/stats.json", "-"], {
      cwd: directory,
      input: "select 1",
    });
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--stats cannot be read") });
  });
});
