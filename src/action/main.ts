import { error as annotate, getInput } from "@actions/core";
import { exitCodeOf, exitCodes, explain } from "../exit.ts";
import { readMode } from "./inputs.ts";
import { runAction } from "./run.ts";

/** Runs the action and sets the exit code, which nothing but a verdict makes `passed`. */
export async function main(): Promise<void> {
  process.exitCode = exitCodes.internal;
  try {
    process.exitCode = await (readMode((name) => getInput(name)) === "apply"
      ? (await import("./apply.ts")).runApply()
      : runAction());
  } catch (error) {
    annotate(explain(error), { title: "Headgate could not check" });
    process.exitCode = exitCodeOf(error);
  }
}
