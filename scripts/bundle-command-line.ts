import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type Plugin } from "rolldown";
import { filesBeside, ownVersion } from "./bundle-action.ts";
import { licenses, packageDirectory } from "./bundled-licenses.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What nearly every start needs: it goes in, with what it needs itself. Other packages stay what they are, outside. */
const within = /^(?:@lezer\/(?:common|javascript|python)|commander|ignore|smol-toml|wrap-ansi|yaml|zod)$/;

/**
 * What commander imports of Node, and every start would load: `node:process` opens standard input and output, and
 * `node:child_process`, for subcommands that are programs of their own, all of the network.
 */
const nodeWhenUsed: Plugin = {
  name: "node-when-used",
  resolveId: (id, importer) =>
    /^node:(?:process|child_process)$/.test(id) && importer?.includes("/commander/") ? `\0${id}` : null,
  load(id) {
    if (id === "\0node:process") return "export default process;";
    return id === "\0node:child_process"
      ? 'export default { spawn: (...call) => process.getBuiltinModule("node:child_process").spawn(...call) };'
      : null;
  },
};

/**
 * Puts the command line together into a few files in a directory: to find and open some two hundred takes longer than to lint a
 * file.
 */
export async function bundleCommandLine(directory: string): Promise<void> {
  // What the compiler made of these nobody loads any more.
  rmSync(join(directory, "cli"), { recursive: true, force: true });
  await using bundle = await rolldown({
    cwd: root,
    input: { cli: join(root, "src/cli.ts") },
    platform: "node",
    external: (id, importer) =>
      /^(?!\.|\/|[A-Za-z]:\\)/.test(id) && !within.test(id) && packageDirectory(importer ?? "") === undefined,
    plugins: [ownVersion, nodeWhenUsed, filesBeside(directory), licenses("cli-licenses.txt")],
    logLevel: "warn",
  });
  await bundle.write({
    dir: directory,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "cli-[name].js",
    minify: false,
  });
}
