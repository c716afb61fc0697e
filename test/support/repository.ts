import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files by their paths; `undefined` deletes one. */
export type Tree = Readonly<Record<string, string | Uint8Array | undefined>>;

/** A directory of its own, removed at the end of the scope that holds it with `using`. */
export interface TestRepository extends Disposable {
  /** Absolute path. */
  readonly root: string;
  write(tree: Tree): void;
  /** Runs git in it, as somebody, with no configuration but the repository's. Answers what git printed, trimmed. */
  git(...args: readonly string[]): string;
  /** Commits everything, under a message, or these files with it; answers the commit. */
  commit(change: string | Tree): string;
  /** Commits everything, and then these files on the branch `topic`, as a pull request brings them; answers that commit. */
  branch(change: Tree): string;
}

/** A directory with these files that is no repository. */
export function testDirectory(tree: Tree = {}): TestRepository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "headgate-test-")));
  const write = (files: Tree): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (content === undefined) rmSync(join(root, path));
      else writeFileSync(join(root, path), content);
    }
  };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", ...args], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const commit = (change: string | Tree): string => {
    if (typeof change !== "string") write(change);
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", typeof change === "string" ? change : "change");
    return git("rev-parse", "HEAD");
  };
  write(tree);
  return {
    root,
    write,
    git,
    commit,
    branch(change) {
      commit("main");
      git("switch", "--quiet", "--create", "topic");
      return commit(change);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A repository on the branch `main` with these files, not yet committed. */
export function testRepository(tree: Tree = {}): TestRepository {
  const directory = testDirectory(tree);
  directory.git("init", "--quiet", "--initial-branch=main");
  return directory;
}

/** A clone of another one, through git's own protocol, so that `--depth` is honoured. */
export function cloneOf(origin: TestRepository, ...options: readonly string[]): TestRepository {
  const directory = testDirectory();
  directory.git("clone", "--quiet", ...options, `file://${origin.root}`, ".");
  return directory;
}
