import type { History, Revision } from "../history.ts";
import { graphOf, type LineageGraph } from "./graph.ts";

/** Revisions in an order in which they can be applied; `stuck` are those on a cycle or behind one, in the given order. */
export interface TopologicalOrder {
  readonly ordered: readonly Revision[];
  readonly stuck: readonly Revision[];
}

/** The revisions in the order in which they are applied: a linear tool's own, which need not be that of the ids. */
export const orderOf = ({ shape, revisions }: History): readonly Revision[] =>
  shape === "linear" ? revisions : topologicalOrder(revisions).ordered;

/** Everything a revision requires comes before it; where several could come next, the one that is given first does. */
export function topologicalOrder(revisions: readonly Revision[]): TopologicalOrder {
  const { byId, requirements } = graphOf(revisions);
  const dependents = new Map<string, string[]>();
  const missing = new Map<string, number>();
  const given = [...byId.keys()];
  const place = new Map(given.map((id, index) => [id, index]));
  const free: number[] = [];
  for (const [index, id] of given.entries()) {
    const required = requirements.get(id) ?? [];
    missing.set(id, required.length);
    if (required.length === 0) free.push(index);
    for (const requirement of required) {
      const known = dependents.get(requirement);
      if (known) known.push(id);
      else dependents.set(requirement, [id]);
    }
  }
  /** Places, sorted downwards, so that the first is taken from the end. */
  const ready = free.toReversed();
  const ordered: Revision[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    const id = given[next] as string;
    ordered.push(byId.get(id) as Revision);
    for (const dependent of dependents.get(id) ?? []) {
      const left = (missing.get(dependent) as number) - 1;
      missing.set(dependent, left);
      if (left > 0) continue;
      const index = place.get(dependent) as number;
      ready.splice(placeDownwards(ready, index), 0, index);
    }
  }
  return { ordered, stuck: [...byId.values()].filter(({ id }) => missing.get(id) !== 0) };
}

function placeDownwards(sorted: readonly number[], index: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) > index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What must be applied before any of these revisions: all the way back, without the revisions themselves unless one leads to another. */
export function ancestors(
  links: LineageGraph["parents"] | LineageGraph["requirements"],
  ids: Iterable<string>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...ids];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
    for (const before of links.get(id) ?? [])
      if (!found.has(before)) {
        found.add(before);
        waiting.push(before);
      }
  return found;
}

/** The revisions that lead from an empty database to this one, itself last, in the order in which they can be applied. */
export function pathFromBase(revisions: readonly Revision[], id: string): readonly Revision[] {
  const before = ancestors(graphOf(revisions).requirements, [id]);
  return topologicalOrder(revisions).ordered.filter((revision) => revision.id === id || before.has(revision.id));
}

/** Circles of requirements, each as ids from a revision along what it requires; circles that share a revision are reported once. */
export function findCycles(revisions: readonly Revision[]): readonly (readonly string[])[] {
  const { requirements } = graphOf(revisions);
  let left = new Set(topologicalOrder(revisions).stuck.map(({ id }) => id));
  const cycles: (readonly string[])[] = [];
  while (left.size > 0) {
    // Each that is left requires another that is left, so following them must come back.
    const seen = new Map<string, number>();
    const path: string[] = [];
    let at = [...left].toSorted()[0] as string;
    while (!seen.has(at)) {
      seen.set(at, path.length);
      path.push(at);
      at = (requirements.get(at) ?? []).filter((next) => left.has(next)).toSorted()[0] as string;
    }
    const cycle = path.slice(seen.get(at));
    cycles.push(cycle);
    const without = new Set(cycle);
    const rest = revisions.filter(({ id }) => left.has(id) && !without.has(id));
    left = new Set(topologicalOrder(rest).stuck.map(({ id }) => id));
  }
  return cycles;
}
