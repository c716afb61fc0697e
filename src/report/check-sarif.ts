import type { Verdict } from "../verdict.ts";
import { sarifReport, type SarifRule } from "./sarif.ts";

/** The verdict's findings as SARIF. What could not be checked is a notification of the tool. */
export function checkSarif({ headgate, projects }: Verdict, rules: readonly SarifRule[]): string {
  const unchecked = projects.flatMap(({ name, checks }) =>
    checks.flatMap((check) => (check.status === "errored" ? [`${name}: ${check.id}: ${check.reason}`] : [])),
  );
  return sarifReport(
    projects.flatMap(({ findings }) => findings),
    { version: headgate, rules, complete: unchecked.length === 0, notes: unchecked },
  );
}
