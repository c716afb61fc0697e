import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkSarif } from "../report/check-sarif.ts";
import { jsonReport } from "../report/json.ts";
import { sqlReport } from "../report/sql.ts";
import { describedRules } from "../rules/described-rules.ts";
import type { Verdict } from "../verdict.ts";

/** Where the files of one verdict are, on the runner. */
export interface ReportFiles {
  /** The verdict as JSON. */
  readonly report: string;
  /** What the new revisions send, up and down. */
  readonly sql: string;
  /** The findings as SARIF, for code scanning. */
  readonly sarif: string;
}

/**
 * Writes a verdict's files into a directory of their own, because one job may run the action several times.
 * @param parent an existing directory that outlives the step
 */
export function writeReportFiles(verdict: Verdict, parent: string): ReportFiles {
  const directory = mkdtempSync(join(parent, "headgate-"));
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  return {
    report: write("headgate.json", jsonReport(verdict)),
    sql: write("headgate.sql", sqlFile(verdict)),
    sarif: write("headgate.sarif", checkSarif(verdict, describedRules)),
  };
}

const sqlFile = ({ projects }: Verdict): string =>
  projects
    .flatMap((project) => [
      `-- Up\n\n${sqlReport(project, "up")}`,
      ...(project.revisions.some(({ down }) => down !== undefined) ? [`-- Down\n\n${sqlReport(project, "down")}`] : []),
    ])
    .join("\n");
