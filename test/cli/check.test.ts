import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { verdictSchema } from "../../src/report/verdict-schema.ts";
import { headgate } from "../support/cli.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";
import { testRepository } from "../support/repository.ts";

const boats = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id int);\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
};

/** One plain sentence or two on standard error, and nothing that looks like a crash. */
function expectSentence(stderr: string): void {
  expect(stderr).toMatch(/^(headgate: |error: )\S.*\S\n$/s);
  expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(3);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain("bug in Headgate");
}

describe("headgate check", () => {
  it("prints one JSON document and nothing else", async () => {
    using repository = testRepository(boats);
    const { exitCode, stdout, stderr } = await headgate(["check", "--format", "json", "--engine", "embedded"], {
      cwd: repository.root,
    });
    expect(stderr).toBe("");
    expect(verdictSchema.parse(JSON.parse(stdout)).verdict).toBe("passed");
    expect(exitCode).toBe(0);
  });

  it("writes to a file when asked to", async () => {
    using repository = testRepository(boats);
    const { exitCode, stdout } = await headgate(["check", "--engine", "embedded", "--output", "report.txt"], {
      cwd: repository.root,
    });
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(repository.git("status", "--porcelain")).toContain("report.txt");
  });

  it("exits with 1 when the gate fails", async () => {
    using repository = testRepository({ ...boats, "migrations/1_boats.down.sql": "SELECT 1;" });
    const { exitCode, stdout } = await headgate(["check", "--engine", "embedded"], { cwd: repository.root });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("downgrade-does-nothing");
    expect(stdout).not.toContain("\u001B");
  });

  it("removes its database when it is interrupted", async () => {
    using repository = testRepository({
      ...boats,
      "migrations/1_boats.up.sql": "SELECT pg_sleep(600) /* interrupted */;",
    });
    const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
    const child = spawn(process.execPath, [cli, "check", "--engine", "embedded"], { cwd: repository.root });
    const closed = new Promise((resolve) => child.on("close", resolve));
    const servers = async () =>
      (await processes()).filter((line) => line.includes("pg_sleep") || line.includes("SELECT"));
    await expect.poll(servers, { timeout: 30_000, interval: 100 }).not.toEqual([]);
    child.kill("SIGINT");
    await closed;
    await expect.poll(servers, { timeout: 10_000, interval: 100 }).toEqual([]);
    expect(child.exitCode).not.toBe(0);
  });

  async function processes(): Promise<readonly string[]> {
    const ps = spawn("ps", ["-eo", "args"]);
    let text = "";
    ps.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve) => ps.on("close", resolve));
    return text.split("\n").filter((line) => line.startsWith("postgres: ") && line.includes(" headgate "));
  }
});

describe("--engine memory", () => {
  it.each([
    ["CREATE TABLE boats (id int);", "DROP TABLE boats;", /^pg-mem ran every upgrade, downgrade and second upgrade/],
    ["CREATE TYPE span AS RANGE (subtype = int4);", "DROP TYPE span;", /^Inconclusive: pg-mem could not run `1`/],
  ])("has a first look at %j, and leaves the verdict to a real server", async (up, down, note) => {
    using repository = testRepository({ "migrations/1_boats.up.sql": up, "migrations/1_boats.down.sql": down });
    const { exitCode, stdout } = await headgate(["check", "--engine", "memory", "--format", "json"], {
      cwd: repository.root,
      env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
    });
    const verdict = verdictSchema.parse(JSON.parse(stdout));
    expect([exitCode, verdict.verdict]).toEqual([0, "passed"]);
    expect(verdict.projects[0]).toMatchObject({
      server: { engine: "embedded" },
      findings: expect.arrayContaining([
        expect.objectContaining({ ruleId: "memory-preflight", severity: "info", message: expect.stringMatching(note) }),
      ]),
    });
  });
});

describe("bad input gets a sentence and the right exit code", () => {
  it.each([
    ["no migrations", { "README.md": "" }, [], 2, /No migrations were found/],
    ["an unknown tool", boats, ["--tool", "rails"], 2, /rails/],
    ["an unknown engine", boats, ["--engine", "sqlite"], 2, /sqlite/],
    ["an unknown option", boats, ["--frobnicate"], 2, /frobnicate/],
    ["a superfluous argument", boats, ["migrations"], 2, /too many arguments/],
    ["an unknown format", boats, ["--format", "xml"], 2, /xml/],
    ["an unsupported server version", boats, ["--engine", "embedded", "--postgres", "9.6"], 2, /9\.6/],
    ["a broken configuration", { ...boats, "headgate.yml": "projects: {" }, [], 2, /headgate\.yml:1 is not valid YAML/],
    ["a configuration that is not there", boats, ["--config", "gate.yml"], 2, /gate\.yml does not exist/],
    ["a directory that is not there", boats, ["--directory", "nowhere"], 2, /nowhere does not exist/],
    ["a base that is not there", boats, ["--base", "origin/main"], 2, /origin\/main/],
    ["a base that looks like an option", boats, ["--base=--upload-pack=x"], 2, /not a git ref/],
    [
      "a URL without its engine",
      boats,
      ["--engine", "embedded", "--database-url", "postgresql://x"],
      2,
      /--database-url/,
    ],
    ["the engine url without a URL", boats, ["--engine", "url"], 2, /--database-url/],
    ["something that is no URL", boats, ["--database-url", "localhost/x"], 2, /--database-url|URL/],
    [
      "a server that does not answer",
      boats,
      ["--database-url", "postgresql://u:pa55w0rd@127.0.0.1:1/x"],
      3,
      /127\.0\.0\.1/,
    ],
    ["Docker that does not answer", boats, ["--engine", "testcontainers"], 3, /[Dd]ocker/],
    ["an image for the wrong engine", boats, ["--engine", "embedded", "--image", "x"], 2, /--image/],
    [
      "bytes that are no text",
      { ...boats, "migrations/2_bytes.up.sql": new Uint8Array([0x2d, 0x2d, 0xff, 0xfe, 0x0a]) },
      ["--engine", "embedded"],
      1,
      /2_bytes\.up\.sql/,
    ],
  ] as const)("%s", async (_, tree, args, exitCode, message) => {
    using repository = testRepository(tree);
    repository.commit("all");
    const result = await headgate(["check", ...args], {
      cwd: repository.root,
      env: { DOCKER_HOST: "unix:///nowhere/docker.sock", NO_COLOR: "1" },
    });
    const said = result.stderr + result.stdout;
    expect(said).toMatch(message);
    expect(said).not.toMatch(/pa55w0rd|^\s+at /m);
    if (exitCode === 2) expectSentence(result.stderr);
    expect(result.exitCode).toBe(exitCode);
  });

  it("a database that holds other people's tables is refused and left alone", async () => {
    await using server = await startTestServer();
    await using database = await createTestDatabase(server, "theirs");
    await database.query("CREATE TABLE ledger (id int)");
    using repository = testRepository(boats);
    const { user, password, host, port } = server.connection("theirs");
    const url = `postgresql://${user}:${password}@${host}:${port}/theirs`;
    const { exitCode, stdout, stderr } = await headgate(["check", "--database-url", url], { cwd: repository.root });
    expect(stdout + stderr).toContain("ledger");
    expect(stdout + stderr).not.toContain(password);
    expect(exitCode).toBe(2);
    const { rows } = await database.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    expect(rows).toEqual([{ relname: "ledger" }]);
  });

  it("a project without a revision does not pass, unless that is said to be right", async () => {
    using repository = testRepository({
      "canal/alembic.ini": "[alembic]\nscript_location = migrations\n",
      "canal/migrations/env.py": "",
      "canal/migrations/script.py.mako": "",
      "headgate.yml": "projects: [{ directory: canal, tool: sql, migrations: canal/sql, layout: plain }]",
      "canal/sql/README": "",
    });
    const { exitCode, stdout, stderr } = await headgate(["check", "--engine", "embedded"], { cwd: repository.root });
    expect([exitCode, stderr]).toEqual([3, ""]);
    expect(stdout).toContain("there is no revision yet in canal/sql");
  });

  it("carriage returns and strange names are no problem", async () => {
    using repository = testRepository({
      "migrations/1_bo ats'\"$(x).up.sql": "CREATE TABLE boats (id int);\r\nSELECT 1;\r\n",
      "migrations/1_bo ats'\"$(x).down.sql": "DROP TABLE boats;\r\n",
    });
    const { exitCode, stdout } = await headgate(["check", "--engine", "embedded"], { cwd: repository.root });
    expect(stdout).toContain("1 revision, 1 head");
    expect(exitCode).toBe(0);
  });

  it("a byte-order mark is named where the tool would trip over it", async () => {
    using repository = testRepository({
      ...boats,
      "migrations/1_boats.up.sql": `\uFEFF${boats["migrations/1_boats.up.sql"]}`,
    });
    const { exitCode, stdout } = await headgate(["check", "--engine", "embedded"], { cwd: repository.root });
    expect(stdout).toContain("begins with a byte-order mark");
    expect(exitCode).toBe(1);
  });
});

describe("headgate", () => {
  it("shows its commands", async () => {
    const { exitCode, stdout } = await headgate(["--help"]);
    expect(exitCode).toBe(0);
    for (const command of ["check", "lineage"]) expect(stdout).toContain(command);
  });

  it("prints its version", async () => {
    expect((await headgate(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([[[]], [["frobnicate"]]])("refuses %j", async (args) => {
    const { exitCode, stderr } = await headgate(args);
    expect(exitCode).toBe(2);
    expect(stderr).not.toBe("");
  });
});

describe("headgate lineage", () => {
  it("draws the history without a database", async () => {
    using repository = testRepository(boats);
    const text = await headgate(["lineage"], { cwd: repository.root });
    expect(text).toMatchObject({ exitCode: 0, stderr: "" });
    expect(text.stdout).toContain("* 1 (head, new) boats");
    const json = JSON.parse((await headgate(["lineage", "--format", "json"], { cwd: repository.root })).stdout);
    expect(json.projects[0].lineage.heads).toEqual(["1"]);
    const mermaid = await headgate(["lineage", "--format", "mermaid"], { cwd: repository.root });
    expect(mermaid.stdout).toContain("flowchart TD");
  });
});
