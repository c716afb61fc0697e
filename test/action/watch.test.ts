import { describe, expect, test } from "vitest";
import { repo } from "../github/fake-github.ts";
import { fake, main, origin, pairs, saying, watched } from "./watching.ts";

describe("mode: watch", () => {
  test("judges each open pull request as if it were merged now", async () => {
    using on = origin(main);
    const late = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    const fits = {
      ...on.open(4, pairs("000009_create_fees", "CREATE TABLE fees (id int);\n")),
      from: `forker/${repo}`,
    };
    const edits = {
      ...on.open(5, { "migrations/000001_create_boats.up.sql": "CREATE TABLE ships (id int);\n" }),
      from: `forker/${repo}`,
    };
    const other = on.open(6, { "README.md": "x" });
    const conflict = on.open(8, { "migrations/000003_create_locks.up.sql": "SELECT 'mine';\n" });
    on.push(pairs("000003_create_locks", "CREATE TABLE locks (id int);\n"));
    await using github = await fake([late, fits, edits, other, conflict]);
    const { exitCode, log, outputs, summary, refs } = await watched(on, github);
    expect(log).toContain("✘ #3");
    expect(exitCode).toBe(0);
    expect(saying(github)).toEqual([
      [
        late.head,
        "failure",
        "The tool would silently skip a new migration. Merge main, then: rename 000002_create_berths.up.sql to 000004_create_berths.up.sql",
      ],
      [fits.head, "success", "Fits main: 1 new revision."],
      [
        edits.head,
        "failure",
        "A migration of the base branch was edited. Restore migrations/000001_create_boats.up.sql as it was, and make the change in a new migration.",
      ],
      [conflict.head, "error", "Merge main and resolve the conflicts in 000003_create_locks.up.sql."],
    ]);
    for (const { context, target_url } of github.statuses)
      expect([context, target_url]).toEqual(["headgate/merge", "https://github.com/waterways/locks/actions/runs/42"]);
    expect(outputs["verdict"]).toBe("passed");
    expect(JSON.parse(outputs["pull-requests"] ?? "")).toMatchObject([
      { number: 3, state: "failure" },
      { number: 4, state: "success" },
      { number: 5, state: "failure" },
      { number: 6, state: "left-alone" },
      { number: 8, state: "error" },
    ]);
    expect(summary).toContain('<td>❌</td><td><a href="https://github.com/waterways/locks/pull/3">3</a></td>');
    // No branch of the clone is made or moved but the base's.
    expect(refs).toBe("refs/remotes/origin/main");
  });

  test("turns a status green again once main has changed back, and says nothing twice", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    on.push(pairs("000003_create_locks", "CREATE TABLE locks (id int);\n"));
    await using github = await fake([pull]);
    await watched(on, github);
    await watched(on, github);
    expect(github.statuses.map(({ state }) => state)).toEqual(["failure"]);
    on.push({
      "migrations/000003_create_locks.up.sql": undefined,
      "migrations/000003_create_locks.down.sql": undefined,
    });
    await watched(on, github, {}, { event: "workflow_dispatch" });
    expect(github.statuses.map(({ state }) => state)).toEqual(["failure", "success"]);
  });

  test("misses a project that a pull request takes away", async () => {
    using on = origin({
      ...main,
      "other/migrations/1_x.up.sql": "SELECT 1;\n",
      "other/migrations/1_x.down.sql": "SELECT 1;\n",
    });
    const pull = on.open(3, Object.fromEntries(Object.keys(main).map((path) => [path, undefined])));
    await using github = await fake([pull]);
    await watched(on, github);
    expect(github.statuses).toMatchObject([
      { state: "failure", description: expect.stringContaining("A project of the base branch is gone") },
    ]);
  });

  test("says how Alembic's heads are merged, and runs no Python", async () => {
    const revision = (id: string, after: string | undefined) =>
      `revision = "${id}"\ndown_revision = ${after === undefined ? "None" : `"${after}"`}\nopen("/nowhere/at/all")\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    pass\n`;
    using on = origin({
      "alembic.ini": "[alembic]\nscript_location = alembic\n",
      "alembic/env.py": 'raise SystemExit("run")\n',
      "alembic/script.py.mako": "",
      "alembic/versions/a1.py": revision("a1", undefined),
    });
    const pull = on.open(3, { "alembic/versions/b2.py": revision("b2", "a1") });
    const second = on.open(4, { "alembic/versions/d4.py": revision("d4", "a1").replace('"d4"', "make_id()") });
    on.push({ "alembic/versions/c3.py": revision("c3", "a1") });
    await using github = await fake([pull, second]);
    await watched(on, github);
    expect(saying(github)).toEqual([
      [pull.head, "failure", 'There is more than one head. Merge main, then: alembic merge -m "merge heads" c3 b2'],
      [
        second.head,
        "error",
        "Not judged: alembic/versions/d4.py cannot be read without running it, and nothing is run here.",
      ],
    ]);
  });

  test("does not blame a pull request for what is wrong with main itself", async () => {
    using on = origin({ ...main, "migrations/notes.sql": "SELECT 1;\n" });
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    await using github = await fake([pull]);
    await watched(on, github, { "fail-on": "warning" });
    expect(github.statuses).toMatchObject([{ state: "success" }]);
  });

  test("pages through all open pull requests", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    const { head } = on.open(4, { "README.md": "x" });
    const many = Array.from({ length: 250 }, (_, index) => ({ number: 1000 + index, head }));
    await using github = await fake([...many, pull, { number: 5, head, base: "other" }]);
    const { outputs } = await watched(on, github);
    expect(JSON.parse(outputs["pull-requests"] ?? "")).toHaveLength(251);
    expect(github.statuses).toMatchObject([{ commit: pull.head, state: "success" }]);
    expect(github.requests.filter((request) => request.endsWith("/pulls"))).toHaveLength(3);
  });

  test("finds a status among many, and leaves those of others alone", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    const own = { context: "headgate/merge", state: "success", description: "Fits main: 1 new revision." };
    const status = { commit: pull.head, target_url: "https://example.org" };
    const others = Array.from({ length: 130 }, (_, index) => ({ ...status, ...own, context: `ci/${index}` }));
    await using github = await fake([pull], { statuses: [{ ...status, ...own }, ...others] });
    await watched(on, github);
    expect(github.statuses).toHaveLength(131);
  });

  test("leaves alone a pull request that has moved on meanwhile", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    await using github = await fake([{ ...pull, head: "1234567890".repeat(4) }]);
    const { exitCode, log } = await watched(on, github);
    expect([exitCode, github.statuses]).toEqual([0, []]);
    expect(log).toContain("Its newest commit is not there any more");
  });

  test("judges the others where one is gone", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    await using github = await fake([{ number: 2, head: "1234567890".repeat(4) }, pull]);
    await watched(on, github);
    expect(github.statuses).toMatchObject([{ commit: pull.head, state: "success" }]);
  });

  test("deepens the clone as far as the pull requests go back", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    for (let count = 0; count < 60; count++) on.repository.git("commit", "--quiet", "--allow-empty", "-m", "more");
    on.push(pairs("000003_create_locks", "CREATE TABLE locks (id int);\n"));
    await using github = await fake([pull]);
    await watched(on, github);
    expect(github.statuses).toMatchObject([{ state: "failure" }]);
  });

  test("tries again when GitHub is busy or broken", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    await using github = await fake([pull]);
    const limit = { status: 403, headers: { "retry-after": "1" }, message: "You have exceeded a secondary rate limit" };
    github.trouble({ status: 502 }, { ...limit, method: "POST" });
    const { exitCode } = await watched(on, github);
    expect([exitCode, github.statuses.length]).toEqual([0, 1]);
  });

  test("is not passed where GitHub takes no status, and says what is missing", async () => {
    using on = origin(main);
    const pull = on.open(3, pairs("000002_create_berths", "CREATE TABLE berths (id int);\n"));
    await using github = await fake([pull], { mayNot: ["set statuses"] });
    const { exitCode, log, outputs, summary } = await watched(on, github);
    expect([exitCode, outputs["verdict"]]).toEqual([3, "errored"]);
    expect(log).toContain("Add the line `statuses: write` under `permissions:` of the job.");
    expect(summary).toContain("<b>Not told:</b>");
    await using closed = await fake([pull], { mayNot: ["list pulls"] });
    const unlisted = await watched(on, closed);
    expect(unlisted.exitCode).toBe(3);
    expect(unlisted.log).toContain("Add the line `pull-requests: read`");
  });

  test("is said to be no mode for a pull request", async () => {
    using on = origin(main);
    await using github = await fake([]);
    const { exitCode, log } = await watched(on, github, {}, { event: "pull_request_target" });
    expect(exitCode).toBe(2);
    expect(log).toContain("`mode: watch` runs when the branch that pull requests go into has moved");
  });

  test("watches nothing where there is nothing, and says so", async () => {
    using on = origin({ "README.md": "x" });
    await using github = await fake([on.open(3, { "README.md": "y" })]);
    const { exitCode, log } = await watched(on, github);
    expect(exitCode).toBe(0);
    expect(log).toContain("Headgate watches nothing");
  });
});
