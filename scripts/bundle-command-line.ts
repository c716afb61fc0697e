import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { filesBeside } from "./bundle-action.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Puts the command line together into a few files in a directory: to find and open some two hundred takes longer than to lint a
 * file. Packages stay what they are, outside.
 */
export async function bundleCommandLine(directory: string): Promise<void> {
  // What the compiler made of these nobody loads any more.
  rmSync(join(directory, "cli"), { recursive: true, force: true });
  await using bundle = await rolldown({
    cwd: root,
    input: { cli: join(root, "src/cli.ts") },
    platform: "node",
    external: /^(?!\.|\/|[A-Za-z]:\\)/,
    plugins: [filesBeside(directory)],
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
