import type { Revision } from "../../history.ts";

/** Parents before children, ties by id in code-unit order; revisions of a cycle come last. Ids are unique in the input. */
export function topologicalOrder(revisions: readonly Revision[]): readonly Revision[] {
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const children = new Map<string, string[]>();
  const waitingFor = new Map<string, number>();
  for (const { id, downRevisions, dependsOn } of revisions) {
    const parents = [...new Set([...downRevisions, ...dependsOn])].filter((parent) => byId.has(parent));
    waitingFor.set(id, parents.length);
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const ready = revisions
    .map(({ id }) => id)
    .filter((id) => waitingFor.get(id) === 0)
    .toSorted(byCodeUnit);
  const order: Revision[] = [];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(byId.get(id) as Revision);
    for (const child of children.get(id) ?? []) {
      const left = (waitingFor.get(child) ?? 0) - 1;
      waitingFor.set(child, left);
      if (left === 0) ready.splice(insertionIndex(ready, child), 0, child);
    }
  }
  if (order.length === revisions.length) return order;
  const placed = new Set(order);
  const rest = revisions.filter((revision) => !placed.has(revision)).toSorted((a, b) => byCodeUnit(a.id, b.id));
  return [...order, ...rest];
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function insertionIndex(sorted: readonly string[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
