import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { filesBeside } from "./bundle-action.ts";
import { licenses, packageDirectory } from "./bundled-licenses.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What nearly every start needs: it goes in, with what it needs itself. Other packages stay what they are, outside. */
const within = /^(?:@lezer\/(?:common|javascript|python)|commander|ignore|smol-toml|wrap-ansi|yaml|zod)$/;

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
    plugins: [filesBeside(directory), licenses("cli-licenses.txt")],
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
