import type { History, Revision } from "../history.ts";
import type { LineageReport } from "../verdict.ts";

/** One place in a drawing of a lineage: a revision, or a stretch of revisions of which nothing needs to be said. */
export interface LineageNode {
  readonly revisions: readonly [Revision, ...Revision[]];
  /** Indexes of the nodes it comes after, by down revision. */
  readonly parents: readonly number[];
}

/** Shorter stretches are drawn as they are: a mark for what is left out takes as much room. */
const shortest = 3;

/**
 * A lineage with its long linear stretches drawn together. Heads, bases, branch points, merge points and their neighbours in a
 * dependency stay; new revisions stay as long as the whole has at most `limit` nodes. Parents come before their children.
 */
export function condenseLineage(history: History, lineage: LineageReport, limit: number): readonly LineageNode[] {
  const kept = condense(history, lineage, new Set(lineage.new));
  return kept.length <= limit ? kept : condense(history, lineage, new Set());
}

function condense(history: History, lineage: LineageReport, keep: ReadonlySet<string>): readonly LineageNode[] {
  const revisions = [...new Map(history.revisions.map((revision) => [revision.id, revision])).values()];
  const known = new Set(revisions.map(({ id }) => id));
  const parentsOf = ({ downRevisions }: Revision) => [...new Set(downRevisions)].filter((id) => known.has(id));
  const special = new Set([
    ...keep,
    ...lineage.heads,
    ...lineage.bases,
    ...lineage.branchPoints,
    ...lineage.mergePoints,
    ...revisions.flatMap(({ id, dependsOn }) => (dependsOn.length > 0 ? [id, ...dependsOn] : [])),
  ]);

  const stretches: Revision[][] = [];
  const stretchOf = new Map<string, Revision[]>();
  for (const revision of revisions) {
    const parents = parentsOf(revision);
    const isPlain = !special.has(revision.id) && parents.length === 1 && revision.downRevisions.length === 1;
    const before = isPlain ? stretchOf.get(parents[0] as string) : undefined;
    const stretch = before ?? [];
    stretch.push(revision);
    if (before === undefined) stretches.push(stretch);
    // Only plain revisions are continued: what is special stands alone.
    if (isPlain) stretchOf.set(revision.id, stretch);
  }

  const drawn = stretches.flatMap((stretch) => (stretch.length < shortest ? stretch.map((one) => [one]) : [stretch]));
  const position = new Map(revisions.map(({ id }, index) => [id, index]));
  // Where its last one is: then what it comes after is before it, and what comes after it is after it.
  const place = (stretch: readonly Revision[]): number => position.get(stretch.at(-1)?.id ?? "") ?? 0;
  drawn.sort((a, b) => place(a) - place(b));
  const nodeOf = new Map(drawn.flatMap((stretch, index) => stretch.map(({ id }) => [id, index] as const)));
  return drawn.map((stretch) => ({
    revisions: stretch as [Revision, ...Revision[]],
    parents: parentsOf(stretch[0] as Revision).map((id) => nodeOf.get(id) as number),
  }));
}
