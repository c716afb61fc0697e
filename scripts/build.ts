// Builds the library and command line to dist/, and the action to dist/action/. With --check it writes nothing and fails when
// the committed action is not what the sources give.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { bundleAction } from "./bundle-action.ts";
import { compileCommandLine } from "./compile-command-line.ts";

const committed = "dist/action";

if (process.argv.includes("--check")) await check();
else await build();

async function build(): Promise<void> {
  rmSync("dist", { recursive: true, force: true });
  await compileCommandLine("dist");
  chmodSync("dist/cli.js", 0o755);
  await bundleAction(committed);
}

async function check(): Promise<void> {
  const fresh = mkdtempSync(join(tmpdir(), "headgate-dist-"));
  try {
    await bundleAction(fresh);
    const stale = [...new Set([...filesOf(fresh), ...filesOf(committed)])].filter(
      (file) => !same(join(fresh, file), join(committed, file)),
    );
    if (stale.length === 0) return;
    console.error(`Stale in ${committed}: ${stale.toSorted().join(", ")}. Run \`npm run build\` and commit it.`);
    process.exitCode = 1;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function filesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  } catch {
    return [];
  }
}

function same(one: string, other: string): boolean {
  try {
    return readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}
