import type { Finding } from "../finding.ts";
import type { HistoryVersion } from "./changed-migrations.ts";
import { listed } from "../prose.ts";

/**
 * What a history loses whose files are read in another way than before: migrations that are where they were, and that the
 * tool would never run.
 */
export function judgeLayout(earlier: HistoryVersion, later: HistoryVersion): readonly Finding[] {
  const run = new Set(later.history.revisions.flatMap(({ file, downFile }) => [file, downFile]));
  const lost = earlier.history.revisions
    .map(({ file }) => file)
    .filter((file) => later.files.exists(file) && !run.has(file));
  const [first] = lost;
  if (first === undefined) return [];
  const [was, is] = [earlier.project.layout, later.project.layout];
  return [
    {
      ruleId: "layout-changed",
      severity: "error",
      title: "Migrations of the base branch would not be run any more",
      message: `In the merge base the files in ${later.project.migrations.join(", ")} are laid out as ${was} has them, and with this change as ${is} has them, which never runs ${listed(lost)}.`,
      help: `Name the files that the change brings as those before them, or say which tool runs them with \`layout: ${was}\` (or ${is}) of the project in headgate.yml.`,
      file: first,
    },
  ];
}
