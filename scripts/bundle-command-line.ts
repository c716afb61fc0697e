import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { filesBeside } from "./bundle-action.ts";

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
      /^(?!\.|\/|[A-Za-z]:\\)/.test(id) && !within.test(id) && packageOf(importer ?? "") === undefined,
    plugins: [filesBeside(directory), licenses],
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

/** The directory of the package that a module is from; `undefined` for one of our own. */
const packageOf = (module: string): string | undefined =>
  /.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0];

/** Every package that went in is named with its license. */
const licenses: Plugin = {
  name: "licenses",
  generateBundle(_, files) {
    const modules = Object.values(files).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    const packages = [...new Set(modules.flatMap((module) => packageOf(module) ?? []))].toSorted();
    const texts = packages.map((directory) => {
      const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Named;
      const [file] = globSync("licen[cs]e*", { cwd: directory });
      const text = file === undefined ? `License: ${license}` : readFileSync(join(directory, file), "utf8").trim();
      return `${name} ${version}\n\n${text}\n`;
    });
    this.emitFile({ type: "asset", fileName: "cli-licenses.txt", source: texts.join("\n---\n\n") });
  },
};

interface Named {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}
