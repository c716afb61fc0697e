import { existsSync, mkdtempSync, rmSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repo, token } from "../github/fake-github.ts";
import { alembicHistory, execute } from "../support/alembic-history.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { fake, main, origin, pairs, watched } from "./watching.ts";

const commuting = { commute: "true", engine: "embedded" };
const about = (github: Awaited<ReturnType<typeof fake>>, context = "headgate/commute") =>
  github.statuses
    .filter((status) => status.context === context)
    .map(({ commit, state, description }) => [commit, state, description]);

describe("commute: true", () => {
  test("finds pull requests that each pass, and of which it matters which is merged first", async () => {
    using on = origin(main);
    const narrow = on.open(3, pairs("000002_berths", "CREATE TABLE IF NOT EXISTS berths (id int);\n"));
    const wide = on.open(4, pairs("000003_berths", "CREATE TABLE IF NOT EXISTS berths (id bigint);\n"));
    const renames = on.open(5, pairs("000004_ships", "ALTER TABLE boats RENAME TO ships;\n"));
    const adds = on.open(6, pairs("000005_names", "ALTER TABLE boats ADD COLUMN name text;\n"));
    const harmless = on.open(7, pairs("000006_fees", "CREATE TABLE fees (id int);\n"));
    await using github = await fake([narrow, wide, renames, adds, harmless]);
    const { exitCode, summary } = await watched(on, github, commuting);
    expect(exitCode).toBe(0);
    expect(about(github, "headgate/merge").map(([, state]) => state)).toEqual(
      Array.from({ length: 5 }, () => "success"),
    );
    expect(about(github)).toEqual([
      [
        narrow.head,
        "failure",
        expect.stringMatching(
          /#4.*: column `berths\.id`: type was `integer`, is `bigint` after merging #4 before #3\.$/,
        ),
      ],
      [wide.head, "failure", expect.stringContaining("#3")],
      [renames.head, "failure", expect.stringMatching(/#6 fails after #5: relation "boats" does not exist/)],
      [adds.head, "failure", expect.stringContaining("#5")],
      [harmless.head, "success", "The same in any order with #3, #4, #5, #6."],
    ]);
    expect(summary).toContain("fails after");
  });

  test("finds that two bring the same version", async () => {
    using on = origin(main);
    const one = on.open(3, pairs("000002_berths", "CREATE TABLE berths (id int);\n"));
    const other = on.open(4, pairs("000002_fees", "CREATE TABLE fees (id int);\n"));
    await using github = await fake([one, other]);
    await watched(on, github, commuting);
    expect(about(github)).toMatchObject([
      [one.head, "failure", expect.stringContaining("have the same version, 2")],
      [other.head, "failure", expect.stringContaining("#3")],
    ]);
  });

  test("turns green again when the other is closed", async () => {
    using on = origin(main);
    const narrow = on.open(3, pairs("000002_berths", "CREATE TABLE IF NOT EXISTS berths (id int);\n"));
    const failed = { commit: narrow.head, context: "headgate/commute", state: "failure", description: "x" };
    await using github = await fake([narrow], { statuses: [{ ...failed, target_url: "https://example.org" }] });
    await watched(on, github, commuting);
    expect(about(github).at(-1)).toMatchObject([narrow.head, "success", expect.stringContaining("No other open")]);
    // And says nothing where nothing was said before.
    await using fresh = await fake([narrow]);
    await watched(on, fresh, commuting);
    expect(about(fresh)).toEqual([]);
  });

  test("runs nothing of a fork's, nor of Dependabot's, nor of what does not fit", async () => {
    const directory = mkdtempSync(join(tmpdir(), "headgate-test-"));
    try {
      // PostgreSQL may run as somebody else.
      chmodSync(directory, 0o777);
      const trace = (name: string) => `COPY (SELECT 1) TO '${join(directory, name)}';\n`;
      using on = origin(main);
      const fork = { ...on.open(3, pairs("000002_a", trace("fork"))), from: `forker/${repo}` };
      const bot = { ...on.open(4, pairs("000003_b", trace("bot"))), author: "dependabot[bot]" };
      const unfit = on.open(5, pairs("000000_c", trace("unfit")));
      const own = on.open(6, pairs("000004_d", trace("own")));
      const another = on.open(7, pairs("000005_e", "SELECT 1;\n"));
      await using github = await fake([fork, bot, unfit, own, another]);
      await watched(on, github, commuting);
      expect(["fork", "bot", "unfit", "own"].filter((name) => existsSync(join(directory, name)))).toEqual(["own"]);
      expect(about(github).map(([commit]) => commit)).toEqual([own.head, another.head]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("refuses a clone that holds a token", async () => {
    using on = origin(main);
    await using github = await fake([]);
    const { exitCode, log } = await watched(on, github, commuting, {
      prepare: (clone) => clone.git("config", "http.extraheader", "AUTHORIZATION: basic x"),
    });
    expect(exitCode).toBe(2);
    expect(log).toContain("Set persist-credentials: false on actions/checkout.");
  });

  test.skipIf(!available("python"))(
    "runs Alembic from a copy of the merge, which no token reaches",
    { timeout: 240_000 },
    async () => {
      const python = await pythonWith(currentAlembic);
      const base = { id: "a1", upgrade: execute("CREATE TABLE boats (id int)") };
      const withRevision = (revision: Parameters<typeof alembicHistory>[1][number]) =>
        alembicHistory(python, [base, revision]);
      // Fails, and so is not tried with any other, where the token is to be seen.
      const looks = [
        "import os, pathlib",
        "seen = [*os.environ.values(), pathlib.Path(f'/proc/{os.getppid()}/environ').read_bytes().decode()]",
        `assert not any(${JSON.stringify(token)} in text for text in seen), "there is a token"`,
      ].join("\n");
      using on = origin(alembicHistory(python, [base]));
      const adds = on.open(
        3,
        withRevision({
          id: "b2",
          down: "a1",
          upgrade: `${looks}\n${execute("ALTER TABLE boats ADD COLUMN name text")}`,
        }),
      );
      const renames = on.open(
        4,
        withRevision({ id: "c3", down: "a1", upgrade: execute("ALTER TABLE boats RENAME TO ships") }),
      );
      const harmless = on.open(
        5,
        withRevision({ id: "d4", down: "a1", upgrade: execute("CREATE TABLE fees (id int)") }),
      );
      await using github = await fake([adds, renames, harmless]);
      await watched(on, github, commuting);
      expect(about(github)).toMatchObject([
        [adds.head, "failure", expect.stringContaining("#4")],
        [renames.head, "failure", expect.stringContaining("#3 fails after #4")],
        [harmless.head, "success", "The same in any order with #3, #4."],
      ]);
    },
  );
});
