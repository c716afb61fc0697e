import { spawnSync } from "node:child_process";

/**
 * The line of the syntax error in a module. Node puts it into the stack of a script's error, and for an ECMAScript module
 * only on the standard error of a program that it ends.
 */
export function syntaxErrorLine(path) {
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8", timeout: 10_000 });
  const line = /:(\d+)$/.exec(stderr?.split("\n")[0]?.trim() ?? "")?.[1];
  return line === undefined ? undefined : Number(line);
}
