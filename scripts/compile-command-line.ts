import { execFileSync } from "node:child_process";
import { cpSync, globSync } from "node:fs";
import { join } from "node:path";
import { bundleCommandLine } from "./bundle-command-line.ts";

/** Compiles the library and the command line into a directory, with the programs that other runtimes run. */
export async function compileCommandLine(target: string, options: readonly string[] = []): Promise<void> {
  const compiler = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", target];
  execFileSync(process.execPath, [...compiler, ...options], { stdio: "inherit" });
  for (const file of globSync("src/**/*.{py,mjs,cjs}")) cpSync(file, join(target, file.slice("src/".length)));
  await bundleCommandLine(target);
}
