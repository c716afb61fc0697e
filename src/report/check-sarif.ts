import type { Verdict } from "../verdict.ts";
import { uncheckedIn } from "./unchecked.ts";
import { sarifReport, type SarifRule } from "./sarif.ts";

/** The verdict's findings as SARIF. What could not be checked is a notification of the tool. */
export function checkSarif(verdict: Verdict, rules: readonly SarifRule[]): string {
  const { headgate, projects } = verdict;
  const unchecked = uncheckedIn(verdict);
  return sarifReport(
    projects.flatMap(({ findings }) => findings),
    { version: headgate, rules, complete: unchecked.length === 0, notes: unchecked },
  );
}
