import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A git repository in a temporary directory, removed when disposed. */
export interface TestRepository extends Disposable {
  /** Absolute path. */
  readonly root: string;
  /** Writes files: path → content. */
  write(tree: Readonly<Record<string, string | Uint8Array>>): void;
  /** Commits everything and gives the commit. */
  commit(message: string): string;
  git(...args: readonly string[]): string;
}

/** Makes a repository with these files, not yet committed. */
export function testRepository(tree: Readonly<Record<string, string | Uint8Array>> = {}): TestRepository {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "headgate-test-")));
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  git("init", "--quiet", "--initial-branch=main");
  const repository: TestRepository = {
    root,
    git,
    write(files) {
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content);
      }
    },
    commit(message) {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", message);
      return git("rev-parse", "HEAD");
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
  repository.write(tree);
  return repository;
}
