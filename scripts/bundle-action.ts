import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type Plugin } from "rolldown";
import { licenses } from "./bundled-licenses.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/**
 * Writes the action into a directory: one program that needs no `node_modules`, with the files it loads beside it. The same
 * sources give the same bytes on every machine.
 */
export async function bundleAction(directory: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await using bundle = await rolldown({
    cwd: root,
    input: { index: join(source, "action.ts") },
    platform: "node",
    // Optional parts that are compiled on the machine they run on; their packages do without.
    external: [/\.node$/, "cpu-features", "pg-native"],
    plugins: [ownVersion, filesBeside(directory), licenses("licenses.txt")],
    // Comments that name the file a part came from differ with where node_modules is.
    experimental: { attachDebugInfo: "none" },
    logLevel: "warn",
    onLog(level, log, handle) {
      if (level === "warn" && log.code === "EVAL" && log.id?.includes("node_modules")) return;
      handle(level === "warn" ? "error" : level, log);
    },
  });
  await bundle.write({
    dir: directory,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: ({ moduleIds }) => `${packageOf(moduleIds.at(-1) ?? "")}.mjs`,
    // Readable, so that what changed can be read, and a stack trace names a function.
    minify: false,
    // What was CommonJS looks for its files with these.
    banner: [
      'import { dirname as $dirname } from "node:path";',
      'import { fileURLToPath as $fileURLToPath } from "node:url";',
      "const __filename = $fileURLToPath(import.meta.url);",
      "const __dirname = $dirname(__filename);",
    ].join("\n"),
  });
  // Written, not copied: a copy would be as executable as npm made the original.
  const parser = "libpg-query.wasm";
  writeFileSync(join(directory, parser), readFileSync(join(root, "node_modules/libpg-query/wasm", parser)));
}

/** What a chunk is called: after the package that its last module, the one that the others are for, is from. */
const packageOf = (id: string): string =>
  /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]?.replace("@", "").replace("/", "-") ?? "[name]";

/** What is put together says its version without a package.json to read it from. */
export const ownVersion: Plugin = {
  name: "own-version",
  load(id) {
    if (id !== join(source, "version.ts")) return null;
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return `export const version = ${JSON.stringify(version)};`;
  },
};

/** A module that names a program beside itself, `new URL("driver.mjs", import.meta.url)`, finds it in a folder beside the bundle, with its parts. */
export const filesBeside = (directory: string): Plugin => ({
  name: "files-beside",
  transform(code, id) {
    if (!id.startsWith(source) || !code.includes("import.meta.url")) return null;
    const folder = relative(source, dirname(id));
    return code.replaceAll(/new URL\("([\w/-]+\.(?:mjs|py))", import\.meta\.url\)/g, (_, file: string) => {
      const parts = globSync(join(dirname(file), `*${extname(file)}`), { cwd: dirname(id) });
      for (const part of parts) cpSync(join(dirname(id), part), join(directory, folder, part));
      return `new URL(${JSON.stringify(`./${folder}/${file}`)}, import.meta.url)`;
    });
  },
});
