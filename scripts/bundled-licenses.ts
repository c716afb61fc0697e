import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "rolldown";

/** The directory of the package that a module is from; `undefined` for one of our own. */
export const packageDirectory = (module: string): string | undefined =>
  /.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0];

/** Every package that goes into a bundle is named with its license, in a file beside it. */
export const licenses = (fileName: string): Plugin => ({
  name: "licenses",
  generateBundle(_, files) {
    const modules = Object.values(files).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    const packages = [...new Set(modules.flatMap((module) => packageDirectory(module) ?? []))];
    const texts = packages.map((directory) => {
      const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Named;
      const file = readdirSync(directory)
        .toSorted()
        .find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? `License: ${license}` : readFileSync(join(directory, file), "utf8").trim();
      return `${name} ${version}\n\n${text}\n`;
    });
    // Where a package lies says nothing of it: the order is that of the names.
    this.emitFile({ type: "asset", fileName, source: [...new Set(texts)].toSorted().join("\n---\n\n") });
  },
});

interface Named {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}
