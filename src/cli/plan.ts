import { runGate } from "../gate.ts";
import { canonicalPlan, planDigest, type Plan } from "../plan/seal-plan.ts";
import { plainLine } from "../report/plain-text.ts";
import { exitCodeFor, exitCodes } from "../exit.ts";
import { verdictOf } from "./failure-report.ts";
import { recordingOptions, type GateCommandOptions } from "./gate-options.ts";
import { isTerminal, print } from "./output.ts";
import { startProgress } from "./progress.ts";

/** Records the new revisions, or those of a range, and prints the sealed plans as JSON, on a terminal in lines; gives the exit code. */
export async function plan(range: string | undefined, options: GateCommandOptions): Promise<number> {
  const progress = startProgress(options.quiet ?? false);
  const plans: Plan[] = [];
  try {
    const verdict = await runGate({
      ...recordingOptions(range, options, progress.say),
      onPlan: (made) => plans.push(made),
    });
    progress.end();
    const unplanned = verdict.projects.filter(({ plan: sealed }) => sealed === undefined);
    if (unplanned.length > 0) {
      const names = unplanned.map(({ name }) => plainLine(name)).join(", ");
      const message = `there is no plan for ${names}: nothing was new, or not all of it could be applied. \`headgate check\` says which.`;
      const outcome = verdict.verdict === "failed" ? "failed" : "errored";
      print(`${JSON.stringify(verdictOf(outcome, message))}\n`, options);
      process.stderr.write(`headgate: ${message}\n`);
      return exitCodeFor(outcome);
    }
    const sealed = plans.map((made) => `{"digest":${JSON.stringify(planDigest(made))},"plan":${canonicalPlan(made)}}`);
    const document = `{"schemaVersion":2,"plans":[${sealed.join(",")}]}`;
    print(`${isTerminal(options) ? JSON.stringify(JSON.parse(document), undefined, 2) : document}\n`, options);
    return exitCodes.passed;
  } finally {
    progress.end();
  }
}
