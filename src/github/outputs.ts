import { setOutput } from "@actions/core";
import type { Verdict } from "../verdict.ts";

/** Files of a verdict that a later step can take. */
interface OutputPaths {
  readonly report: string;
  readonly sql: string;
  readonly sarif: string;
}

/** The action's outputs for a verdict, by the names that `action.yml` declares; `comment-url` comes later. */
export function outputsOf(verdict: Verdict, paths: OutputPaths): Readonly<Record<string, string>> {
  const lineages = verdict.projects.flatMap(({ lineage }) => lineage ?? []);
  return {
    verdict: verdict.verdict,
    heads: JSON.stringify(lineages.flatMap(({ heads }) => heads)),
    "new-revisions": JSON.stringify(lineages.flatMap((lineage) => lineage.new)),
    findings: String(verdict.projects.reduce((sum, { findings }) => sum + findings.length, 0)),
    "plan-digest": digestOf(verdict),
    "report-path": paths.report,
    "sql-path": paths.sql,
    "sarif-path": paths.sarif,
  };
}

/** One project's digest as it is; those of several as a JSON object by project. */
function digestOf({ projects }: Verdict): string {
  const digests = projects.flatMap(({ name, plan }) => (plan === undefined ? [] : [[name, plan.digest] as const]));
  return projects.length === 1 ? (digests[0]?.[1] ?? "") : JSON.stringify(Object.fromEntries(digests));
}

/** Hands outputs to the runner. */
export function publishOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
}
