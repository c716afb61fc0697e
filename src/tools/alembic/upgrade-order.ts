import type { Revision } from "../../history.ts";

/**
 * The order in which `alembic upgrade heads` applies them to an empty database. Alembic walks down from the heads, along the
 * first parent as far as nothing else still builds on a revision, and applies what it met in reverse. Revisions of a cycle
 * come last. Ids are unique in the input, which is in the order that Alembic reads the files.
 */
export function upgradeOrder(revisions: readonly Revision[]): readonly Revision[] {
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const parents = new Map(
    revisions.map((revision) => [
      revision.id,
      [...new Set([...revision.downRevisions, ...ownDependencies(revision, byId)])].filter((id) => byId.has(id)),
    ]),
  );
  const children = new Map<string, string[]>(revisions.map(({ id }) => [id, []]));
  for (const [id, below] of parents) for (const parent of below) children.get(parent)?.push(id);
  const met = new Set<string>();
  const left = (id: string): readonly string[] => children.get(id)?.filter((child) => !met.has(child)) ?? [];

  const walks = revisions.map(({ id }) => id).filter((id) => left(id).length === 0);
  let current = 0;
  for (let id = walks[current]; id !== undefined; id = walks[current]) {
    if (left(id).length > 0) {
      const above = reached(id, left);
      const next = above.has(id) ? -1 : walks.findIndex((head) => above.has(head));
      // No walk comes by any more where a cycle is, or is above.
      if (next === -1) walks.splice(current, 1);
      current = Math.max(next === -1 ? current - 1 : next, 0);
      continue;
    }
    met.add(id);
    const [first, ...others] = (parents.get(id) ?? []).filter((parent) => !met.has(parent) && !walks.includes(parent));
    if (first === undefined) {
      walks.splice(current, 1);
      current = Math.max(current - 1, 0);
    } else {
      walks[current] = first;
      walks.push(...others);
    }
  }
  return [
    ...[...met].toReversed().map((id) => byId.get(id) as Revision),
    ...revisions.filter(({ id }) => !met.has(id)),
  ];
}

/** Without those that a revision below depends on already. */
function ownDependencies({ id, dependsOn }: Revision, byId: ReadonlyMap<string, Revision>): readonly string[] {
  if (dependsOn.length === 0) return dependsOn;
  const below = reached(id, (one) => byId.get(one)?.downRevisions ?? []);
  const theirs = new Set([...below].flatMap((one) => (one === id ? [] : (byId.get(one)?.dependsOn ?? []))));
  return dependsOn.filter((one) => !theirs.has(one));
}

/** What can be reached from a revision; itself only over a cycle. */
function reached(id: string, nextOf: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const other of nextOf(next))
      if (!found.has(other)) {
        found.add(other);
        waiting.push(other);
      }
  return found;
}
