import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { lineageFinding } from "./findings.ts";
import type { JudgedLineage } from "./judged-lineage.ts";
import { lateBehaviour } from "./late-migration.ts";
import { lateOnes, newestLanded } from "./plan-renames.ts";

/** New migrations of a linear tool that sort before one which the base branch has, or has by now. */
export function judgeOrder(lineage: JudgedLineage): Finding[] {
  const { merged, project, tool, tip } = lineage;
  const newest = newestLanded(lineage);
  if (newest === undefined) return [];
  const behaviour = lateBehaviour(project.layout ?? tool.name);
  const where = merged.incoming.has(newest.id) ? `on ${tip?.ref} and not in this branch yet` : "in the base branch";
  return lateOnes(lineage).map((revision) =>
    lineageFinding(behaviour.kind === "skips" ? "skipped-gap" : "out-of-order-migration", {
      revision: revision.id,
      file: revision.file,
      severity: behaviour.kind === "runs" ? "warning" : "error",
      message: `${revision.file} is new and sorts before ${newest.file}, which is ${where}. ${behaviour.sentence(newest.id)}`,
      help: help(lineage, revision, newest),
    }),
  );
}

function help({ project, tool, renames }: JudgedLineage, { file }: Revision, newest: Revision): string {
  if (project.layout === "drizzle")
    return `Delete ${file}, its snapshot and its entry in meta/_journal.json, and run drizzle-kit generate again on top of ${newest.id}.`;
  const condition = "if no shared database has run it yet";
  const planned = renames.of(file);
  if (planned.length === 0) return `Rename ${file}, ${condition}, so that it sorts after ${newest.file}.`;
  const lines = planned.map(({ from, to }) => `  ${from} → ${to}`).join("\n");
  const alsoClass =
    tool.name === "mikro-orm" ? "\nRename the class in the file, too, where its name has the old time." : "";
  return `Rename it, ${condition}, so that it comes after ${newest.id}:\n${lines}${alsoClass}`;
}
