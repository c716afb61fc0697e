import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory of its own, removed at the end of the scope that holds it with `using`. */
export interface TemporaryDirectory extends Disposable {
  readonly root: string;
  /** Writes a file, with the folders it needs. */
  write(path: string, content: string | Uint8Array): void;
  /** Runs git in it, as somebody, with no configuration but the repository's. Answers what git printed, trimmed. */
  git(...args: readonly string[]): string;
  /** Writes files, commits everything, and answers the commit. */
  commit(files: Readonly<Record<string, string>>): string;
}

/** An empty directory that is no repository. */
export function temporaryDirectory(): TemporaryDirectory {
  return at(realpathSync(mkdtempSync(join(tmpdir(), "headgate-test-"))));
}

/** An empty repository on the branch `main`. */
export function temporaryRepository(): TemporaryDirectory {
  const directory = temporaryDirectory();
  directory.git("init", "--quiet", "--initial-branch=main");
  return directory;
}

/** A clone of another one, through git's own protocol, so that `--depth` is honoured. */
export function cloneOf(origin: TemporaryDirectory, ...options: readonly string[]): TemporaryDirectory {
  const directory = temporaryDirectory();
  directory.git("clone", "--quiet", ...options, `file://${origin.root}`, ".");
  return directory;
}

function at(root: string): TemporaryDirectory {
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", ...args], {
      cwd: root,
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
      stdio: ["ignore", "pipe", "pipe"],
    })
      .toString()
      .trim();
  return {
    root,
    write,
    git,
    commit(files) {
      for (const [path, content] of Object.entries(files)) write(path, content);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", "change");
      return git("rev-parse", "HEAD");
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
