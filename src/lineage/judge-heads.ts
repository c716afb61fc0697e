import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { lineageFinding } from "./findings.ts";
import { graphOf, type LineageGraph } from "./graph.ts";
import type { JudgedLineage } from "./judged-lineage.ts";
import { describeLineage } from "./lineage.ts";
import { ancestors, topologicalOrder } from "./order.ts";
import { listed } from "../prose.ts";

/** More heads than allowed: here, or once this branch is merged with the one it goes into. */
export function judgeHeads(lineage: JudgedLineage): Finding[] {
  const { history, merged, newIds, tip, tool, project, headsAllowed = 1 } = lineage;
  const graph = graphOf(merged.history.revisions);
  const heads = describeLineage(merged.history, newIds).heads.filter((id) => isRooted(id, graph));
  if (heads.length <= headsAllowed) return [];
  const shownHeads = heads.map((id) => describe(graph.byId.get(id) as Revision, lineage));
  const isOnlyMerged = describeLineage(history, newIds).heads.length <= headsAllowed;
  const bringsHead = heads.some((id) => merged.incoming.has(id));
  const culprit = graph.byId.get(heads.findLast((id) => newIds.has(id)) ?? (heads.at(-1) as string)) as Revision;

  const message = [
    isOnlyMerged
      ? `After merging with ${tip?.ref} there are ${heads.length} heads: ${listed(shownHeads)}.`
      : `There are ${heads.length} heads: ${listed(shownHeads)}.`,
    describeShared(heads, graph),
    ...describeDependencies(heads, graph),
    `${tool.title} does not know which one \`head\` means and refuses to upgrade to it.`,
  ].join(" ");
  const rebase = bringsHead ? [`Rebase onto ${tip?.ref} (or merge it), then:`] : [];
  const merge = tool.mergeCommand
    ? [`Merge the heads with a new revision:\n  ${tool.mergeCommand(project, heads)}`]
    : ["Merge the heads with a new revision."];
  const relink = relinking(heads, graph, lineage);
  return [
    lineageFinding("multiple-heads", {
      revision: culprit.id,
      file: culprit.file,
      message,
      help: [...rebase, ...merge, ...(relink === undefined ? [] : [relink])].join("\n"),
    }),
  ];
}

/** Whether every down revision on the way to it exists: where one does not, nobody knows what it continues, and that is said. */
function isRooted(id: string, { byId, parents }: LineageGraph): boolean {
  return [id, ...ancestors(parents, [id])].every((each) =>
    byId.get(each)?.downRevisions.every((parent) => byId.has(parent)),
  );
}

function describe({ id, file }: Revision, { newIds, merged, tip }: JudgedLineage): string {
  const mark = merged.incoming.has(id) ? `, on ${tip?.ref}` : newIds.has(id) ? ", new" : "";
  return `${id} (${file}${mark})`;
}

/** Beyond this many the intersection is not worth its time; the first ones tell enough. */
const compared = 50;

function describeShared(heads: readonly string[], { byId, parents }: LineageGraph): string {
  const [first, ...others] = heads.slice(0, compared).map((id) => ancestors(parents, [id]));
  const shared = new Set([...(first ?? [])].filter((id) => others.every((set) => set.has(id))));
  if (shared.size === 0) return "They share no revision: they grow from different bases.";
  const nearest = topologicalOrder([...byId.values()]).ordered.findLast(({ id }) => shared.has(id)) as Revision;
  return `The last revision they share is ${nearest.id} (${nearest.file}).`;
}

/** Depending on a head does not continue it, which surprises people. */
function describeDependencies(heads: readonly string[], { requirements }: LineageGraph): readonly string[] {
  return heads.slice(0, compared).flatMap((id) => {
    const needed = ancestors(requirements, [id]);
    return heads
      .filter((other) => other !== id && needed.has(other))
      .slice(0, 3)
      .map((other) => `${id} depends on ${other}, but that alone does not make ${other} any less a head.`);
  });
}

/** The other repair, where there is exactly one way to do it: put the new revisions on top of the other head. */
function relinking(
  heads: readonly string[],
  { byId, parents }: LineageGraph,
  { newIds, merged }: JudgedLineage,
): string | undefined {
  const [newHead, another] = heads.filter((id) => newIds.has(id));
  const [otherHead, third] = heads.filter((id) => !newIds.has(id));
  if (newHead === undefined || another !== undefined || otherHead === undefined || third !== undefined)
    return undefined;
  const others = ancestors(parents, [otherHead]);
  const own = [...ancestors(parents, [newHead]), newHead].filter((id) => !others.has(id));
  if (own.some((id) => !newIds.has(id) || merged.incoming.has(id))) return undefined;
  const [lowest, second] = own.filter((id) => (parents.get(id) ?? []).every((parent) => others.has(parent)));
  const parentsOfLowest = lowest === undefined ? [] : (parents.get(lowest) ?? []);
  if (lowest === undefined || second !== undefined || parentsOfLowest.length > 1) return undefined;
  const { file } = byId.get(lowest) as Revision;
  return (
    `Or, if no shared database has ${lowest} yet, continue the other head: in ${file}, change \`down_revision\` ` +
    `from ${parentsOfLowest[0] ?? "None"} to ${otherHead}.`
  );
}
