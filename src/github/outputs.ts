import { setOutput } from "@actions/core";
import type { Verdict } from "../verdict.ts";

/** The action's outputs for a verdict, by the names that `action.yml` declares; `comment-url` comes later. */
export function outputsOf(verdict: Verdict, reportPath: string): Readonly<Record<string, string>> {
  const lineages = verdict.projects.flatMap(({ lineage }) => lineage ?? []);
  return {
    verdict: verdict.verdict,
    heads: JSON.stringify(lineages.flatMap(({ heads }) => heads)),
    "new-revisions": JSON.stringify(lineages.flatMap((lineage) => lineage.new)),
    findings: String(verdict.projects.reduce((sum, { findings }) => sum + findings.length, 0)),
    "report-path": reportPath,
  };
}

/** Hands outputs to the runner. */
export function publishOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}
