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
 * Node's own modules without their faces for `import`, which ask for everything that they export: that of `node:util` alone opens
 * standard error and loads what workers need.
 */
const plainBuiltins: Plugin = {
  name: "plain-builtins",
  renderChunk(code, { isEntry }) {
    // The entry still runs on a Node that has no such function, to say that it is too old.
    if (isEntry) return null;
    return code.replaceAll(builtinImport, (_, ...[first, second, id]: readonly (string | undefined)[]) =>
      [first, second]
        .flatMap((names) => names ?? [])
        .map((names) => `const ${names.replaceAll(" as ", ": ")} = process.getBuiltinModule(${id});`)
        .join("\n"),
    );
  },
};

/** `import path, { join as join$1 } from "node:path";` */
const builtinImport = /^import (\w\S*|\{[^}]*\})(?:, (\{[^}]*\}))? from ("node:[^"]+");$/gm;

/** Commander runs subcommands that are programs of their own; here none are, and no start loads what that needs. */
const noPrograms: Plugin = {
  name: "no-programs",
  transform: (code, id) =>
    id.includes("/commander/") ? code.replace("import childProcess from 'node:child_process';", "") : null,
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
    plugins: [ownVersion, noPrograms, plainBuiltins, filesBeside(directory), licenses("cli-licenses.txt")],
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
