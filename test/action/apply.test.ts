import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { connectionUrl } from "../../src/sessions/connection-string.ts";
import { fakeGitHub, owner, pullNumber, repo, type FakeGitHub, type FakeOptions } from "../github/fake-github.ts";
import { createTestDatabase, startTestServer } from "../support/postgres.ts";
import { testDirectory, testRepository, type TestRepository } from "../support/repository.ts";
import { pullRequestEvent, runStep } from "./runner.ts";

const first = {
  "migrations/1_boats.up.sql": "CREATE TABLE boats (id bigint PRIMARY KEY);\n",
  "migrations/1_boats.down.sql": "DROP TABLE boats;\n",
};
const second = {
  "migrations/2_locks.up.sql": "CREATE TABLE locks (id bigint PRIMARY KEY);\n",
  "migrations/2_locks.down.sql": "DROP TABLE locks;\n",
};

/** A repository whose pull request is checked and merged. */
interface Story {
  readonly origin: TestRepository;
  readonly head: string;
  readonly merged: string;
  /** The comment that the check left. */
  readonly comment: string;
}

let server: PostgresServer;
let story: Story;
let github: FakeGitHub | undefined;
/** Has the first migration. */
let url: string;
const clones: TestRepository[] = [];

beforeAll(async () => {
  server = await startTestServer();
  const origin = testRepository(first);
  const base = origin.commit("boats");
  origin.git("checkout", "--quiet", "-b", "topic");
  origin.write(second);
  const head = origin.commit("locks");
  github = await fakeGitHub({ headCommit: head });
  const checked = await runStep({
    workspace: clone(origin, head),
    event: pullRequestEvent(head),
    sha: head,
    inputs: { engine: "embedded", base },
    github,
  });
  if (checked.exitCode !== 0) throw new Error(checked.log);
  const comment = github.comments[0]?.body ?? "";
  await github[Symbol.asyncDispose]();
  origin.git("checkout", "--quiet", "main");
  origin.git("merge", "--quiet", "--no-ff", "--message", "Merge pull request #7", "topic");
  story = { origin, head, merged: origin.git("rev-parse", "HEAD"), comment };
});
afterAll(async () => {
  story.origin[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  const client = await createTestDatabase(server);
  const { rows } = await client.query<{ name: string }>("select current_database() as name");
  url = connectionUrl(server.connection(rows[0]?.name ?? ""));
  await client.query(
    `create table schema_migrations (version bigint not null primary key, dirty boolean not null);
     insert into schema_migrations values (1, false); create table boats (id bigint primary key)`,
  );
  await client.end();
});
afterEach(async () => {
  for (const one of clones.splice(0)) one[Symbol.dispose]();
  await github?.[Symbol.asyncDispose]();
});

/** What actions/checkout leaves behind with `fetch-depth: 0`. */
function clone(origin: TestRepository, commit: string): string {
  const made = testDirectory();
  clones.push(made);
  made.git("clone", "--quiet", pathToFileURL(origin.root).href, "repository");
  made.git("-C", "repository", "checkout", "--quiet", "--detach", commit);
  return `${made.root}/repository`;
}

async function applied(
  options: FakeOptions = {},
  inputs: Record<string, string> = {},
  {
    event = "push",
    merged = story.merged,
    environment = {},
  }: {
    readonly event?: "push" | "pull_request";
    readonly merged?: string;
    readonly environment?: Record<string, string>;
  } = {},
) {
  const { origin, head, comment } = story;
  github = await fakeGitHub({
    headCommit: head,
    comments: [{ author: "github-actions[bot]", body: comment }],
    merged: [story.merged, merged].map((mergedAs) => ({ number: pullNumber, head, mergedAs, author: "anna" })),
    ...options,
  });
  const payload = {
    ref: "refs/heads/main",
    before: "0".repeat(40),
    created: false,
    forced: false,
    repository: { default_branch: "main", full_name: `${owner}/${repo}` },
  };
  const result = await runStep({
    workspace: clone(origin, merged),
    event: event === "push" ? { name: "push", payload, ref: "refs/heads/main" } : pullRequestEvent(head),
    sha: merged,
    inputs: { mode: "apply", engine: "embedded", "database-url": url, ...inputs },
    github,
    environment,
  });
  // The password stands only in the commands that have the runner mask it.
  const { password } = server.connection(server.maintenanceDatabase);
  const said = [
    result.log.replaceAll(/^::add-mask::.*$/gm, ""),
    result.summary,
    ...github.comments.map(({ body }) => body),
  ];
  for (const text of said) expect(text).not.toContain(password);
  return result;
}

async function tables(): Promise<readonly string[]> {
  const { rows } = await (async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query<{ name: string }>(
        "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
      );
    } finally {
      await client.end();
    }
  })();
  return rows.map(({ name }) => name);
}

const unchanged = ["boats", "schema_migrations"];

describe("mode: apply", () => {
  it("applies what the check of the pull request saw, and says so there", async () => {
    const { exitCode, outputs, log, summary } = await applied({}, { deployment: "production" });
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(outputs).toMatchObject({ outcome: "applied", applied: '["2"]' });
    expect(await tables()).toEqual(["boats", "locks", "schema_migrations"]);
    const told = github?.comments[1]?.body ?? "";
    expect(told).toMatch(/### ✅ 1 revision applied to <code>production<\/code>/);
    expect(told).not.toContain("127.0.0.1");
    expect(summary).toBe(told);
    expect(github?.deployments).toMatchObject([
      { ref: story.merged, environment: "production", states: ["in_progress", "success"] },
    ]);
  });

  it.each<[string, FakeOptions | (() => FakeOptions), RegExp]>([
    ["came in without a pull request", { merged: [] }, /`2` came into main without a pull request\./],
    [
      "was never checked",
      { comments: [] },
      /no comment of Headgate on pull request 7 says what was checked at its newest commit\./,
    ],
    [
      "was checked by somebody who pretends to be us",
      () => ({ comments: [{ author: "mallory", body: story.comment }] }),
      /no comment of Headgate on pull request 7/,
    ],
    ["has a check that somebody edited", { editors: { 1: "mallory" } }, /no comment of Headgate on pull request 7/],
    [
      "was pushed to after the check",
      () => ({ merged: [{ number: 7, head: "c".repeat(40), mergedAs: story.merged }] }),
      /no comment of Headgate on pull request 7/,
    ],
  ])("refuses what %s", async (_, options, reason) => {
    const { exitCode, log } = await applied(typeof options === "function" ? options() : options);
    expect(exitCode).toBe(1);
    expect(log).toMatch(reason);
    expect(await tables()).toEqual(unchanged);
  });

  it("refuses what is not what was checked, naming the statement, and says so on the pull request", async () => {
    const { origin } = story;
    origin.git("checkout", "--quiet", "--detach", "main");
    origin.write({ "migrations/2_locks.up.sql": "CREATE TABLE locks (id bigint PRIMARY KEY, secret text);\n" });
    origin.git("commit", "--quiet", "--all", "--amend", "--no-edit");
    const merged = origin.git("rev-parse", "HEAD");
    origin.git("branch", "amended", merged);
    const { exitCode, log } = await applied({}, { deployment: "production" }, { merged });
    expect({ exitCode, log }).toMatchObject({
      exitCode: 1,
      log: expect.stringMatching(/`2`: statement 1 is not the one that was reviewed\. \(pull request 7\)/),
    });
    expect(github?.comments[1]?.body).toMatch(/### ❌ Not applied to <code>production<\/code>/);
    expect(github?.comments[1]?.body).toContain("<code>--allow unreviewed</code>");
    expect(github?.comments[1]?.body).not.toContain("127.0.0.1");
    expect(github?.deployments).toMatchObject([{ states: ["in_progress", "failure"] }]);
    expect(await tables()).toEqual(unchanged);
  });

  it.each([
    ["a key", "ALTER TABLE boats ADD FOREIGN KEY (id) REFERENCES locks"],
    [
      "code of its own",
      "CREATE FUNCTION f(n bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE undefined_table USING MESSAGE = 'no ' || n; END $$; CREATE INDEX by_f ON boats (f(id))",
    ],
    ["rows", "INSERT INTO boats SELECT id FROM boats"],
  ])("says nothing of what is in the rows when it fails over %s", async (_, sql) => {
    const { origin } = story;
    origin.git("checkout", "--quiet", "--detach", "main");
    origin.write({ "migrations/2_locks.up.sql": `CREATE TABLE locks (id bigint PRIMARY KEY);\n${sql};\n` });
    origin.git("commit", "--quiet", "--all", "--amend", "--no-edit");
    const merged = origin.git("rev-parse", "HEAD");
    origin.git("branch", `failing-${merged}`, merged);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("INSERT INTO boats VALUES (7355608123)");
    await client.end();
    const { exitCode, log, summary } = await applied({}, { allow: "unreviewed" }, { merged });
    const told = (github?.comments ?? []).map(({ body }) => body);
    expect(exitCode).toBe(1);
    expect(told.at(-1)).toMatch(/Not applied.*SQLSTATE/s);
    expect([log, summary, ...told].join("\n")).not.toContain("7355608123");
  });

  it("applies it all the same where that is allowed by name", async () => {
    const { exitCode, log } = await applied({ comments: [] }, { allow: "unreviewed" });
    expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
    expect(log).toContain("allowed by name: unreviewed");
  });

  it("wants the approval of a code owner where that is asked for", async () => {
    const { head, merged } = story;
    const contents = { CODEOWNERS: "/migrations/ @bert" };
    const pull = { number: pullNumber, head, mergedAs: merged, author: "anna" };
    const refused = await applied({ contents, merged: [pull] }, { "require-approval": "codeowners" });
    expect(refused).toMatchObject({ exitCode: 1, log: expect.stringContaining("no code owner of migrations/2_locks") });
    await github?.[Symbol.asyncDispose]();
    const reviews = [{ user: "bert", state: "APPROVED", commit: head }] as const;
    const allowed = await applied({ contents, merged: [{ ...pull, reviews }] }, { "require-approval": "codeowners" });
    expect(allowed).toMatchObject({ exitCode: 0, outputs: { applied: '["2"]' } });
  });

  it("does its work where it may not record a deployment, and says which permission is missing", async () => {
    const { exitCode, log } = await applied({ mayNot: ["deploy"] }, { deployment: "production" });
    expect(exitCode).toBe(0);
    expect(log).toContain("deployments: write");
  });

  it("brings several databases to the commit, and says of each what became of it", async () => {
    const { origin } = story;
    origin.git("checkout", "--quiet", "--detach", "main");
    origin.write({
      "headgate.yml": `projects:
  - directory: .
    tool: sql
    migrations: migrations
    targets: { databases: [{ name: north, variable: NORTH_URL }, { name: south, variable: SOUTH_URL }] }
`,
    });
    const merged = origin.commit("targets");
    origin.git("branch", "targets", merged);
    const { password } = server.connection(server.maintenanceDatabase);
    const south = `postgresql://postgres:${password}@127.0.0.1:1/south`;
    const result = await applied(
      {},
      { "database-url": "" },
      { merged, environment: { NORTH_URL: url, SOUTH_URL: south } },
    );
    expect(result).toMatchObject({ exitCode: 3, outputs: { outcome: "failed" } });
    expect(await tables()).toEqual(["boats", "locks", "schema_migrations"]);
    const told = github?.comments[1]?.body ?? "";
    expect(told).toContain("### ❌ 1 of 2 targets of the database done");
    expect(told).toContain("<td><code>north</code></td><td>1 revision applied</td>");
    expect(told).not.toContain("127.0.0.1");
  });

  it("has applied it even where nobody can be told", async () => {
    const { head, comment } = story;
    const { exitCode, outputs, log } = await applied({
      permission: "read",
      headCommit: head,
      comments: [{ author: "github-actions[bot]", body: comment }],
    });
    expect({ exitCode, outputs }).toMatchObject({ exitCode: 0, outputs: { outcome: "applied" } });
    expect(log).toContain("pull-requests: write");
  });

  it("runs on what is merged only", async () => {
    const { exitCode, log } = await applied({}, {}, { event: "pull_request" });
    expect(exitCode).toBe(2);
    expect(log).toContain("run it on a push to a branch");
    expect(await tables()).toEqual(unchanged);
  });
});
