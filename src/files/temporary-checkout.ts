import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ignoredFolders } from "../git/ignored-folders.ts";
import type { Files } from "../files.ts";
import { startWatcher } from "../watcher.ts";

/** A tree of files on the disk, removed when disposed. */
export interface TemporaryCheckout extends Disposable {
  /** Absolute path. */
  readonly root: string;
}

/** What a project installs into its own folders; nothing of it is in a commit. */
const installed = new Set(["node_modules", ".venv", "venv"]);

/**
 * Writes a tree to a directory of its own, without a link that leads out of it, and lends it what is installed in a work tree.
 * @param from absolute path of that work tree
 */
export function temporaryCheckout(files: Files, from: string): TemporaryCheckout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "headgate-merge-")));
  const letGo = removedWithUs(root);
  const dispose = (): void => {
    rmSync(root, { recursive: true, force: true });
    letGo();
  };
  try {
    for (const path of files.list()) {
      const to = join(root, path);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, files.bytes(path));
    }
    for (const folder of ignoredFolders(from)) {
      const to = join(root, folder);
      if (!installed.has(folder.split("/").at(-1) as string) || !existsSync(dirname(to)) || existsSync(to)) continue;
      symlinkSync(join(from, folder), to, "dir");
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { root, [Symbol.dispose]: dispose };
}

/** Has a directory removed when this process ends without a word. Gives what ends the watch. */
function removedWithUs(directory: string): () => void {
  if (process.platform === "win32") return () => {};
  return startWatcher({
    name: "headgate-remover",
    script: 'rm -rf "$1"',
    about: directory,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  });
}
