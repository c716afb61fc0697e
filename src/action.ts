import { error as annotate } from "@actions/core";
import { runAction } from "./action/run.ts";
import { exitCodeOf, exitCodes, explain } from "./cli/exit.ts";

process.exitCode = exitCodes.internal;
try {
  process.exitCode = await runAction();
} catch (error) {
  annotate(explain(error), { title: "Headgate could not check" });
  process.exitCode = exitCodeOf(error);
}
