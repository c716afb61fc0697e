import type { Finding } from "../finding.ts";
import { lineageFinding } from "./findings.ts";
import { dependencyLookup } from "./graph.ts";
import type { JudgedLineage } from "./judged-lineage.ts";
import { findCycles } from "./order.ts";
import { listed } from "../prose.ts";

/** Links that lead nowhere, and links that lead back to where they began. */
export function judgeLinks(lineage: JudgedLineage): Finding[] {
  if (lineage.history.shape === "linear") return [];
  return [...judgeMissing(lineage), ...judgeCycles(lineage)];
}

function judgeMissing({ history, baseHistory, tip }: JudgedLineage): Finding[] {
  const byId = new Map(history.revisions.map((revision) => [revision.id, revision]));
  const dependency = dependencyLookup(byId);
  const inBase = new Map(baseHistory?.revisions.map((revision) => [revision.id, revision]));
  const onTip = new Set(tip?.history.revisions.map(({ id }) => id));
  // A file that could not be read may well be the one that is missing, and is told by itself.
  const unread = new Set(history.problems.filter(({ kind }) => kind === "unreadable").flatMap(({ files }) => files));
  const mayBeUnread = (id: string): boolean =>
    unread.size > 0 && !onTip.has(id) && (!inBase.has(id) || unread.has(inBase.get(id)?.file as string));
  const why = (missing: string): { readonly message: string; readonly help?: string } => {
    const removed = inBase.get(missing);
    if (removed !== undefined)
      return { message: `This change removes it: it was in ${removed.file}.`, help: `Restore ${removed.file}` };
    if (onTip.has(missing))
      return { message: `It is on ${tip?.ref} and not in this branch yet.`, help: `Rebase onto ${tip?.ref}` };
    return { message: "No migration has that id." };
  };
  return [...byId.values()].flatMap(({ id, file, downRevisions, dependsOn }) => {
    const finding = (missing: string, link: string, field: string): Finding => {
      const { message, help } = why(missing);
      return lineageFinding("missing-parent", {
        revision: id,
        file,
        message: `${id} names ${missing} as ${link}. ${message}`,
        help: `${help === undefined ? `Add the migration ${missing}` : help}, or correct ${field} in ${file}.`,
      });
    };
    return [
      ...downRevisions
        .filter((parent) => !byId.has(parent) && !mayBeUnread(parent))
        .map((parent) => finding(parent, "its down revision", "`down_revision`")),
      ...dependsOn
        .filter((name) => dependency(name) === undefined && !mayBeUnread(name))
        .map((name) => finding(name, "a revision it depends on", "`depends_on`")),
    ];
  });
}

function judgeCycles({ history }: JudgedLineage): Finding[] {
  const byId = new Map(history.revisions.map((revision) => [revision.id, revision]));
  return findCycles(history.revisions).map((cycle) => {
    const [first = ""] = cycle;
    const circle = cycle.length > 12 ? [...cycle.slice(0, 12), "…", first] : [...cycle, first];
    const files = cycle.map((id) => byId.get(id)?.file ?? id);
    return lineageFinding("revision-cycle", {
      revision: first,
      file: byId.get(first)?.file,
      message:
        cycle.length === 1
          ? `${first} requires itself, so it can never be applied.`
          : `None of these can be applied first, because each requires the next: ${circle.join(" → ")}.`,
      help: `Correct \`down_revision\` or \`depends_on\` in ${cycle.length === 1 ? files[0] : `one of ${listed(files)}`}.`,
    });
  });
}
