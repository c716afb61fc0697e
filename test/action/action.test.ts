import { createHash } from "node:crypto";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verdictSchema } from "../../src/report/verdict-schema.ts";
import { fakeArtifactService } from "../github/fake-artifact-service.ts";
import { bot, fakeGitHub, token } from "../github/fake-github.ts";
import { testDirectory, testRepository, type TestRepository } from "../support/repository.ts";
import { checkout, finishedRunEvent, forkRun, pullRequestEvent, runStep } from "./runner.ts";

const examples = join(import.meta.dirname, "../../examples");
const embedded = { engine: "embedded" };

interface Sarif {
  readonly runs: readonly { readonly results: readonly object[] }[];
}

/** The files of an example's folder, by where they are to be. */
function example(name: string, folder: string, keep: (file: string) => boolean = () => true): Record<string, string> {
  const files = readdirSync(join(examples, name, folder)).filter(keep);
  return Object.fromEntries(
    files.map((file) => [`${folder}/${file}`, readFileSync(join(examples, name, folder, file), "utf8")]),
  );
}

const old = (file: string) => !file.startsWith("000010");
const added = example("sql", "migrations", (file) => !old(file));

/** A repository with three migrations on main, and a pull request with these files, merged for trying. */
function repositoryWith(files: Readonly<Record<string, string>>, main = example("sql", "migrations", old)) {
  const origin = testRepository();
  const base = origin.commit(main);
  origin.git("switch", "--quiet", "--create", "feature");
  const head = origin.commit(files);
  origin.git("switch", "--quiet", "--detach", "main");
  origin.git("merge", "--quiet", "--no-ff", "--no-edit", "feature");
  const merge = origin.git("rev-parse", "HEAD");
  origin.git("update-ref", "refs/pull/7/merge", merge);
  origin.git("switch", "--quiet", "main");
  return { origin, base, head, merge };
}

const faulty = {
  "migrations/000011_add_fees.up.sql":
    "CREATE TYPE fee_kind AS ENUM ('day', 'year');\nCREATE TABLE fees (kind fee_kind);\n",
  "migrations/000011_add_fees.down.sql": "DROP TABLE fees;\n",
};

describe("a pull request", () => {
  test("that passes gets a comment and its outputs, from a clone of one commit", async () => {
    const { origin, head, merge } = repositoryWith(added);
    using _ = origin;
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head });
    const step = { workspace: clone.root, event: pullRequestEvent(head), sha: merge, inputs: embedded, github };
    const { exitCode, log, outputs, summary } = await runStep(step);
    expect(log).toContain("✔ passed");
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ verdict: "passed", heads: '["10"]', "new-revisions": '["10"]' });
    expect(outputs["plan-digest"]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(outputs["comment-url"]).toBe("https://github.com/waterways/locks/pull/7#issuecomment-1");
    expect(summary).toContain("### ✅ Headgate: passed");
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toMatch(
      /^<!-- headgate:comment [0-9a-f]{12} -->\n<!-- headgate:state \S+ -->\n### ✅ Headgate: passed\n/,
    );
    expect(log).not.toContain(token);
  });

  test("that fails is annotated, and its comment leads to the head commit", async () => {
    const { origin, head, merge } = repositoryWith(faulty);
    using _ = origin;
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head });
    const step = { workspace: clone.root, event: pullRequestEvent(head), sha: merge, inputs: embedded, github };
    const { exitCode, log, outputs, files } = await runStep(step);
    expect(exitCode).toBe(1);
    expect(verdictSchema.parse(JSON.parse(files["report-path"] ?? "")).verdict).toBe("failed");
    expect(files["sql-path"]).toMatch(/^-- Up\n[^]*CREATE TABLE fees[^]*\n-- Down\n[^]*DROP TABLE fees;/);
    const [run] = (JSON.parse(files["sarif-path"] ?? "") as Sarif).runs;
    expect(run?.results).toContainEqual(expect.objectContaining({ ruleId: "downgrade-incomplete", level: "error" }));
    expect(outputs).toMatchObject({ verdict: "failed", findings: expect.stringMatching(/^[1-9]\d*$/) });
    expect(log).toMatch(
      /^::error title=[^:]*\(downgrade-incomplete\),file=migrations\/000011_add_fees\.down\.sql.*::/m,
    );
    expect(github.comments[0]?.body).toContain(
      `<a href="https://github.com/waterways/locks/blob/${head}/migrations/000011_add_fees.down.sql`,
    );
  });

  test("without a migration gets no comment, and one that lost its migrations keeps one line", async () => {
    const { origin, head, merge } = repositoryWith({ "README.md": "x" });
    using _ = origin;
    using clone = checkout(origin, merge);
    const event = pullRequestEvent(head);
    await using github = await fakeGitHub({ headCommit: head });
    const step = { workspace: clone.root, event, sha: merge, inputs: embedded };
    expect((await runStep({ ...step, github })).exitCode).toBe(0);
    expect(github.comments).toEqual([]);

    // The key in the marker is the same for the same inputs.
    const { origin: another, head: earlier, merge: tried } = repositoryWith(added);
    using __ = another;
    using workspace = checkout(another, tried);
    await using before = await fakeGitHub({ headCommit: earlier });
    await runStep({
      workspace: workspace.root,
      event: pullRequestEvent(earlier),
      sha: tried,
      inputs: embedded,
      github: before,
    });
    const body = before.comments[0]?.body ?? "";
    await using after = await fakeGitHub({ headCommit: head, comments: [{ author: bot, body }] });
    await runStep({ ...step, github: after });
    expect(after.comments).toHaveLength(1);
    expect(after.comments[0]?.body).toMatch(/no longer changes a migration \(as of <code>[0-9a-f]{7}<\/code>\)/);
  });

  test("that only edits a migration that is on the base branch gets a comment", async () => {
    const file = "migrations/000003_create_passages.up.sql";
    const text = example("sql", "migrations", old)[file] ?? "";
    const { origin, head, merge } = repositoryWith({ [file]: `-- a remark\n${text}` });
    using _ = origin;
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head });
    await runStep({ workspace: clone.root, event: pullRequestEvent(head), sha: merge, inputs: embedded, github });
    expect(github.comments).toHaveLength(1);
  });

  test("of a fork, whose token may not write, has its verdict all the same", async () => {
    const { origin, head, merge } = repositoryWith(added);
    using _ = origin;
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head, permission: "read" });
    const event = pullRequestEvent(head, { isFromFork: true });
    const result = await runStep({ workspace: clone.root, event, sha: merge, inputs: embedded, github });
    expect(result.exitCode).toBe(0);
    expect(result.log).toMatch(/^::warning title=Headgate did not comment::/m);
    expect(result.log).toContain("a pull request from a fork");
    expect(result.outputs).not.toHaveProperty("comment-url");
  });

  test("of a fork is commented on by the run that may, from what its own run left", async () => {
    const { origin, head, merge } = repositoryWith(faulty);
    using _ = origin;
    using clone = checkout(origin, merge);
    await using service = await fakeArtifactService();
    await using readOnly = await fakeGitHub({ headCommit: head, permission: "read" });
    const forked = await runStep({
      workspace: clone.root,
      event: pullRequestEvent(head, { isFromFork: true }),
      sha: merge,
      inputs: embedded,
      github: readOnly,
      environment: service.environment,
    });
    expect(forked.exitCode).toBe(1);
    const [[name, bytes] = ["", new Uint8Array()], ...others] = service.artifacts;
    expect([name, others]).toEqual([expect.stringMatching(/^headgate-[0-9a-f]{12}-1$/), []]);

    const artifacts = [
      { name, bytes },
      { name: "headgate-0123456789ab-2", bytes },
    ];
    await using github = await fakeGitHub({ headCommit: head, run: { ...forkRun(head), artifacts } });
    using nothing = testDirectory();
    const privileged = await runStep({
      workspace: nothing.root,
      event: finishedRunEvent(head),
      sha: "",
      inputs: { mode: "comment" },
      github,
    });
    expect(privileged.exitCode).toBe(0);
    expect(privileged.outputs["comment-url"]).toBe("https://github.com/waterways/locks/pull/7#issuecomment-1");
    expect(github.comments).toHaveLength(1);
    const body = github.comments[0]?.body ?? "";
    expect(body).toMatch(/### ❌ Headgate: failed[^]*downgrade-incomplete[^]*a fork's run reported this/);
    expect(body).toContain(`<a href="https://github.com/waterways/locks/actions/runs/${forkRun(head).id}">`);
  });

  test("without a token, or with comments off, is checked", async () => {
    const { origin, head, merge } = repositoryWith(faulty);
    using _ = origin;
    using clone = checkout(origin, merge);
    await using github = await fakeGitHub({ headCommit: head });
    const step = { workspace: clone.root, event: pullRequestEvent(head), sha: merge, github };
    const silent = await runStep({ ...step, inputs: { ...embedded, comment: "false" } });
    expect([silent.exitCode, github.requests]).toEqual([1, []]);
    const tokenless = await runStep({ ...step, inputs: { ...embedded, "github-token": "" } });
    expect([tokenless.exitCode, github.requests]).toEqual([1, []]);
    expect(tokenless.log).toContain("the input github-token is empty");
  });

  test("that could not be checked fails, and an earlier comment no longer speaks for it", async () => {
    const { origin, head, merge } = repositoryWith({ ...added, "headgate.yml": "postgres: seventeen\n" });
    using _ = origin;
    using clone = checkout(origin, merge);
    // Of a step without inputs.
    const key = createHash("sha256").update('[".",null,null,null,null,null,null]').digest("hex").slice(0, 12);
    const earlier = { author: bot, body: `<!-- headgate:comment ${key} -->\n### passed` };
    await using github = await fakeGitHub({ headCommit: head, comments: [earlier] });
    const { exitCode, log } = await runStep({
      workspace: clone.root,
      event: pullRequestEvent(head),
      sha: merge,
      github,
    });
    expect(exitCode).toBe(2);
    expect(log).toMatch(/^::error title=Headgate could not check::headgate: headgate\.yml:1: /m);
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toMatch(/could not check <code>[0-9a-f]{7}<\/code>/);
  });
});

test("the jobs of a matrix write one comment", async () => {
  const { origin, head, merge } = repositoryWith(faulty);
  using _ = origin;
  await using github = await fakeGitHub({ headCommit: head });
  // Each on a machine of its own.
  const jobs = ["16", "17"].map(async (postgres) => {
    using clone = checkout(origin, merge);
    return await runStep({
      workspace: clone.root,
      event: pullRequestEvent(head),
      sha: merge,
      inputs: { engine: "embedded", postgres, matrix: JSON.stringify({ postgres }), "matrix-size": "2" },
      environment: { GITHUB_WORKFLOW: "Headgate", GITHUB_JOB: "migrations", GITHUB_ACTION: "__self" },
      github,
    });
  });
  for (const { exitCode, outputs } of await Promise.all(jobs)) {
    expect(exitCode).toBe(1);
    expect(outputs["comment-url"]).toBe("https://github.com/waterways/locks/pull/7#issuecomment-1");
  }
  expect(github.comments).toHaveLength(1);
  for (const version of ["16", "17"]) {
    expect(github.comments[0]?.body).toContain(`<summary>❌ <code>postgres ${version}</code></summary>`);
    expect(github.comments[0]?.body).toContain(`PostgreSQL ${version}.`);
  }
});

describe("other events", () => {
  test("merge_group is compared with what the queue merges onto", async () => {
    const { origin, base, merge } = repositoryWith(added);
    using _ = origin;
    using clone = checkout(origin, merge);
    const event = { name: "merge_group", payload: { merge_group: { base_sha: base, head_sha: merge } } };
    const { exitCode, outputs } = await runStep({ workspace: clone.root, event, sha: merge, inputs: embedded });
    expect([exitCode, outputs["new-revisions"]]).toEqual([0, '["10"]']);
  });

  test("push to the default branch is compared with what was there before", async () => {
    const { origin, base, merge } = repositoryWith(added);
    using _ = origin;
    using clone = checkout(origin, merge);
    const payload = {
      ref: "refs/heads/main",
      before: base,
      created: false,
      forced: false,
      repository: { default_branch: "main" },
    };
    const event = { name: "push", payload };
    const { exitCode, outputs } = await runStep({ workspace: clone.root, event, sha: merge, inputs: embedded });
    expect([exitCode, outputs["new-revisions"]]).toEqual([0, '["10"]']);
  });

  test("workflow_dispatch on the default branch checks everything", async () => {
    const { origin, merge } = repositoryWith(added);
    using _ = origin;
    using clone = checkout(origin, merge);
    const event = { name: "workflow_dispatch", payload: { repository: { default_branch: "main" } } };
    const { exitCode, outputs } = await runStep({ workspace: clone.root, event, sha: merge, inputs: embedded });
    expect([exitCode, outputs["new-revisions"]]).toEqual([0, '["1","2","3","10"]']);
  });

  test.each(["pull_request_target", "workflow_run", "issue_comment"])(
    "%s does not run a stranger's migrations",
    async (name) => {
      const { origin, base, head, merge } = repositoryWith(faulty);
      using _ = origin;
      for (const commit of [merge, head]) {
        origin.git("update-ref", "refs/pull/7/head", head);
        using clone = checkout(origin, commit);
        const event = { name, payload: pullRequestEvent(head).payload };
        const { exitCode, log } = await runStep({ workspace: clone.root, event, sha: base, inputs: embedded });
        expect(exitCode).toBe(2);
        expect(log).toContain(`the event ${name} has a token that may write to this repository`);
        expect(log).toContain("Use the event pull_request instead");
        expect(log).not.toContain("starting PostgreSQL");
      }
      // Nor when the files alone are taken from it.
      using clone = checkout(origin, base);
      clone.write({ "migrations/000011_add_fees.up.sql": faulty["migrations/000011_add_fees.up.sql"] });
      const event = { name, payload: pullRequestEvent(head).payload };
      const { exitCode } = await runStep({ workspace: clone.root, event, sha: base, inputs: embedded });
      expect(exitCode).toBe(2);
    },
  );

  test("pull_request_target on the base branch's own code is checked", async () => {
    const { origin, base, head } = repositoryWith(faulty);
    using _ = origin;
    using clone = checkout(origin, base);
    const event = { name: "pull_request_target", payload: pullRequestEvent(head).payload };
    expect((await runStep({ workspace: clone.root, event, sha: base, inputs: embedded })).exitCode).toBe(0);
  });
});

describe("nothing that was not checked is green", () => {
  const event = { name: "workflow_dispatch", payload: {} };
  const run = async (repository: TestRepository, inputs: Readonly<Record<string, string>>) => {
    const sha = repository.git("rev-parse", "HEAD");
    return runStep({ workspace: repository.root, event, sha, inputs });
  };

  test("a wrong input", async () => {
    using repository = testRepository();
    repository.commit(added);
    const { exitCode, log } = await run(repository, { engine: "docker" });
    expect(exitCode).toBe(2);
    expect(log).toContain("The input engine is");
  });

  test("a repository without migrations", async () => {
    using repository = testRepository();
    repository.commit({ "README.md": "x" });
    expect((await run(repository, embedded)).exitCode).toBe(2);
  });

  test("a database that is not there, whose password is masked before anything can print it", async () => {
    using repository = testRepository();
    repository.commit(added);
    const { exitCode, log, outputs } = await run(repository, {
      "database-url": "postgresql://boats:hush%21hush@127.0.0.1:1/boats",
    });
    expect([exitCode, outputs["verdict"]]).toEqual([3, "errored"]);
    const unmasked = log.split("\n").filter((line) => !line.startsWith("::add-mask::"));
    expect(unmasked.join("\n")).not.toMatch(/hush/);
    expect(log).toMatch(/^::add-mask::hush%2521hush$/m);
    expect(log).toMatch(/^::add-mask::hush!hush$/m);
  });

  test("an event file that is no JSON is a bug somewhere, and says so", async () => {
    using repository = testRepository();
    repository.commit(added);
    const { exitCode, log } = await runStep({
      workspace: repository.root,
      event,
      sha: "",
      environment: { GITHUB_EVENT_PATH: join(repository.root, "migrations/000010_add_tolls.up.sql") },
    });
    expect(exitCode).toBe(70);
    expect(log).toContain("this is a bug in Headgate");
  });
});

test("a stranger's text is no command to the runner", async () => {
  const command = "::set-output name=verdict::passed";
  const { origin, head, merge } = repositoryWith({
    "migrations/000011_x.up.sql": `DO $$ BEGIN RAISE EXCEPTION E'x\\n${command}\\n##[set-output name=verdict]passed'; END $$;`,
    "migrations/000011_x.down.sql": "SELECT 1;",
  });
  using _ = origin;
  using clone = checkout(origin, merge);
  await using github = await fakeGitHub({ headCommit: head });
  const { exitCode, log } = await runStep({
    workspace: clone.root,
    event: pullRequestEvent(head),
    sha: merge,
    inputs: embedded,
    github,
  });
  expect(exitCode).toBe(1);
  expect(log).toContain(command);
  // What a runner would obey: everything outside of what it was told not to read.
  let deaf: string | undefined;
  const obeyed = log.split("\n").filter((line) => {
    if (deaf !== undefined) {
      if (line === `::${deaf}::`) deaf = undefined;
      return false;
    }
    deaf = /^::stop-commands::(.+)$/.exec(line)?.[1];
    return deaf === undefined && /^\s*::|##\[/.test(line);
  });
  expect(deaf).toBeUndefined();
  expect(obeyed.length).toBeGreaterThan(0);
  for (const line of obeyed) expect(line).toMatch(/^::(error|warning|notice|add-mask|debug)[ :]/);
});

test("a migration sees neither the token nor any input", async () => {
  const files = {
    ...example("mikro-orm", ".", (file) => /\.(ts|json)$/.test(file)),
    ...example("mikro-orm", "src", (file) => file.endsWith(".ts")),
    ...example("mikro-orm", "src/migrations"),
  };
  const spy = `import { writeFileSync } from "node:fs";
import { Migration } from "@mikro-orm/migrations";
export class Migration20260301000000_spy extends Migration {
  override async up(): Promise<void> {
    writeFileSync("seen.json", JSON.stringify(process.env));
    this.addSql("create table spies (id int primary key)");
  }
  override down(): void {
    this.addSql("drop table spies");
  }
}
`;
  using repository = testRepository();
  const tree = Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace(/^\.\//, ""), text]));
  repository.commit({
    ...tree,
    "src/migrations/Migration20260301000000_spy.ts": spy,
    ".gitignore": "node_modules\nseen.json\n",
  });
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(repository.root, "node_modules"));
  const { exitCode, log } = await runStep({
    workspace: repository.root,
    event: { name: "workflow_dispatch", payload: {} },
    sha: repository.git("rev-parse", "HEAD"),
    inputs: embedded,
    environment: { GITHUB_TOKEN: token, ACTIONS_RUNTIME_TOKEN: "a-token-of-the-runtime", APP_NAME: "locks" },
  });
  expect(log).toContain("✔ passed");
  expect(exitCode).toBe(0);
  const seen = JSON.parse(readFileSync(join(repository.root, "seen.json"), "utf8")) as Record<string, string>;
  expect(seen["APP_NAME"]).toBe("locks");
  expect(JSON.stringify(seen)).not.toContain(token);
  expect(JSON.stringify(seen)).not.toContain("a-token-of-the-runtime");
  expect(Object.keys(seen).filter((name) => /^(INPUT_|ACTIONS_|GITHUB_(?!ACTIONS$))/.test(name))).toEqual([]);
});
