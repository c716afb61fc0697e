import type { History, Revision } from "../history.ts";
import { topologicalOrder } from "./order.ts";
import { compareVersions, versionOf } from "./version-name.ts";

/** What a branch's history becomes when it is merged with the branch it goes into. */
export interface MergedHistory {
  readonly history: History;
  /** Revisions that only the other branch has. */
  readonly incoming: ReadonlySet<string>;
  /** New on both branches under one id, in different files. */
  readonly clashes: readonly { readonly ours: Revision; readonly theirs: Revision }[];
}

/**
 * Merges as git does with whole files: what one side added is there, what one side deleted is gone, and where one side changed
 * a revision its version counts (ours where both did).
 */
export function mergedHistory(history: History, tipHistory: History, baseHistory: History): MergedHistory {
  const [ours, theirs, base] = [history, tipHistory, baseHistory].map(
    ({ revisions }) => new Map(revisions.map((revision) => [revision.id, revision])),
  ) as [Map<string, Revision>, Map<string, Revision>, Map<string, Revision>];
  const kept = history.revisions.flatMap((revision) => {
    const before = base.get(revision.id);
    const there = theirs.get(revision.id);
    if (before === undefined) return [revision];
    if (there === undefined) return [];
    return [isSame(before, revision) ? there : revision];
  });
  const added = tipHistory.revisions.filter(({ id }) => !ours.has(id) && !base.has(id));
  const clashes = kept.flatMap((revision) => {
    const there = theirs.get(revision.id);
    return there && !base.has(revision.id) && there.file !== revision.file ? [{ ours: revision, theirs: there }] : [];
  });
  const { shape, problems } = history;
  if (shape === "linear")
    return {
      history: { shape, revisions: interleave(kept, added, tipHistory.revisions), problems },
      incoming: ids(added),
      clashes,
    };
  const { ordered, stuck } = topologicalOrder([...kept, ...added]);
  return { history: { shape, revisions: [...ordered, ...stuck], problems }, incoming: ids(added), clashes };
}

const ids = (revisions: readonly Revision[]): ReadonlySet<string> => new Set(revisions.map(({ id }) => id));

const isSame = (a: Revision, b: Revision): boolean =>
  a.file === b.file &&
  a.downRevisions.join("\0") === b.downRevisions.join("\0") &&
  a.dependsOn.join("\0") === b.dependsOn.join("\0");

/**
 * Puts the incoming revisions where the tool would run them: after what comes before them on their own branch, and among ours by
 * version, which is a number where both branches are in the order of their numbers and text otherwise.
 */
function interleave(
  kept: readonly Revision[],
  added: readonly Revision[],
  theirs: readonly Revision[],
): readonly Revision[] {
  const byNumber = isInNumberOrder(kept) && isInNumberOrder(theirs);
  const position = new Map(kept.map(({ id }, index) => [id, index]));
  const incoming = ids(added);
  /** For each place among ours, what comes before it. */
  const places = new Map<number, Revision[]>();
  let earliest = 0;
  for (const revision of theirs) {
    const common = position.get(revision.id);
    if (common !== undefined) earliest = Math.max(earliest, common + 1);
    if (!incoming.has(revision.id)) continue;
    while (earliest < kept.length && comesBefore(kept[earliest] as Revision, revision, byNumber)) earliest++;
    places.set(earliest, [...(places.get(earliest) ?? []), revision]);
  }
  const revisions = kept.flatMap((revision, index) => [...(places.get(index) ?? []), revision]);
  return [...revisions, ...(places.get(kept.length) ?? [])];
}

function comesBefore(a: Revision, b: Revision, byNumber: boolean): boolean {
  const [left, right] = [versionOf(a.file), versionOf(b.file)];
  if (byNumber && left !== undefined && right !== undefined) {
    const difference = compareVersions(left, right);
    if (difference !== 0) return difference < 0;
  }
  return a.file < b.file;
}

function isInNumberOrder(revisions: readonly Revision[]): boolean {
  const versions = revisions.map(({ file }) => versionOf(file));
  return versions.every((version, index) => {
    const before = versions[index - 1];
    return version !== undefined && (before === undefined || compareVersions(before, version) <= 0);
  });
}
