import { execFileSync } from "node:child_process";
import { cpSync, globSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundleCommandLine } from "../scripts/bundle-command-line.ts";

/** The command line as it is published: compiled and put together, in a directory of its own. */
export async function installCommandLine(target: string): Promise<string> {
  const compiler = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--declaration", "false"];
  execFileSync(process.execPath, [...compiler, "--outDir", join(target, "dist")]);
  for (const file of globSync("src/**/*.{mjs,py}")) cpSync(file, join(target, file.replace(/^src/, "dist")));
  await bundleCommandLine(join(target, "dist"));
  cpSync("package.json", join(target, "package.json"));
  symlinkSync(resolve("node_modules"), join(target, "node_modules"));
  return join(target, "dist/cli.js");
}
