import { cpSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { compileCommandLine } from "../scripts/compile-command-line.ts";

/** The command line as it is published: compiled and put together, in a directory of its own. */
export async function installCommandLine(target: string): Promise<string> {
  await compileCommandLine(join(target, "dist"), ["--declaration", "false"]);
  cpSync("package.json", join(target, "package.json"));
  symlinkSync(resolve("node_modules"), join(target, "node_modules"));
  return join(target, "dist/cli.js");
}
