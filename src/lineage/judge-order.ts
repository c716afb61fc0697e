import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { lineageFinding } from "./findings.ts";
import type { JudgedLineage } from "./judged-lineage.ts";
import { lateBehaviour } from "./late-migration.ts";
import { type Rename, renamesTo } from "./rename.ts";
import { isRepeatable } from "./repeatable.ts";
import { compareVersions, nextVersion, versionOf } from "./version-name.ts";

/** New migrations of a linear tool that sort before one which the base branch has, or has by now. */
export function judgeOrder(lineage: JudgedLineage): Finding[] {
  const { merged, newIds, project, tool, tip } = lineage;
  const revisions = merged.history.revisions.filter((revision) => !isRepeatable(revision, project));
  const isLanded = ({ id }: Revision): boolean => !newIds.has(id);
  const lastAt = revisions.findLastIndex(isLanded);
  const newest = revisions[lastAt];
  if (newest === undefined) return [];
  const late = revisions.slice(0, lastAt).filter((revision) => !isLanded(revision));
  if (late.length === 0) return [];
  const behaviour = lateBehaviour(project.layout ?? tool.name);
  const newOnes = revisions.filter((revision) => !isLanded(revision));
  const plan = planRenames(newOnes, new Set(late), newest);
  const lateIds = new Set(late.map(({ id }) => id));
  /** Renamed only because a late one now takes their place. */
  const pushed = newOnes.filter(({ id }) => !lateIds.has(id)).flatMap(({ id }) => plan.get(id) ?? []);
  const where = merged.incoming.has(newest.id) ? `on ${tip?.ref} and not in this branch yet` : "in the base branch";
  return late.map((revision) =>
    lineageFinding(behaviour.kind === "skips" ? "skipped-gap" : "out-of-order-migration", {
      revision: revision.id,
      file: revision.file,
      severity: behaviour.kind === "runs" ? "warning" : "error",
      message: `${revision.file} is new and sorts before ${newest.file}, which is ${where}. ${behaviour.sentence(newest.id)}`,
      help: help(lineage, revision, plan.get(revision.id) ?? [], revision === late.at(-1) ? pushed : [], newest),
    }),
  );
}

/** New versions after the newest that is there, in the order the author gave; those that already come after keep theirs. */
function planRenames(
  newOnes: readonly Revision[],
  late: ReadonlySet<Revision>,
  newest: Revision,
): ReadonlyMap<string, readonly Rename[]> {
  const plan = new Map<string, readonly Rename[]>();
  let last = versionOf(newest.file);
  for (const revision of newOnes) {
    const version = versionOf(revision.file);
    if (last === undefined || version === undefined) return new Map();
    if (late.has(revision) || compareVersions(version, last) <= 0) {
      last = nextVersion(last);
      plan.set(revision.id, renamesTo(revision, last));
    }
  }
  return plan;
}

function help(
  { project, tool }: JudgedLineage,
  { file }: Revision,
  own: readonly Rename[],
  pushed: readonly Rename[],
  newest: Revision,
): string {
  if (project.layout === "drizzle")
    return `Delete ${file}, its snapshot and its entry in meta/_journal.json, and run drizzle-kit generate again on top of ${newest.id}.`;
  const condition = "if no shared database has run it yet";
  if (own.length === 0) return `Rename ${file}, ${condition}, so that it sorts after ${newest.file}.`;
  const lines = [...own, ...pushed].map(({ from, to }) => `  ${from} → ${to}`).join("\n");
  const alsoClass =
    tool.name === "mikro-orm" ? "\nRename the class in the file, too, where its name has the old time." : "";
  return `Rename it, ${condition}, so that it comes after ${newest.id}:\n${lines}${alsoClass}`;
}
