import type { Revision } from "../history.ts";

/** Revisions with their links looked up. Links to revisions that do not exist are left out. */
export interface LineageGraph {
  /** In the given order. Where two revisions claim an id, the later one. */
  readonly byId: ReadonlyMap<string, Revision>;
  /** Down revisions. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  /** Revisions that name this one as a down revision. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** What must be applied before: the parents, and what `dependsOn` leads to. */
  readonly requirements: ReadonlyMap<string, readonly string[]>;
}

/** Looks up the links of revisions. A revision that names itself keeps that link: it is a cycle. */
export function graphOf(revisions: readonly Revision[]): LineageGraph {
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const dependency = dependencyLookup(byId);
  const parents = new Map<string, readonly string[]>();
  const requirements = new Map<string, readonly string[]>();
  const children = new Map<string, string[]>([...byId.keys()].map((id) => [id, []]));
  for (const [id, { downRevisions, dependsOn }] of byId) {
    const existing = [...new Set(downRevisions)].filter((parent) => byId.has(parent));
    parents.set(id, existing);
    requirements.set(id, [...new Set([...existing, ...dependsOn.flatMap((name) => dependency(name) ?? [])])]);
    for (const parent of existing) children.get(parent)?.push(id);
  }
  return { byId, parents, children, requirements };
}

/**
 * How a `dependsOn` entry finds its revision: by id, by branch label (the revision that declares it), or by the beginning
 * of an id where only one fits.
 */
export function dependencyLookup(byId: ReadonlyMap<string, Revision>): (name: string) => string | undefined {
  const byLabel = new Map<string, string>();
  for (const { id, branchLabels } of byId.values())
    for (const label of branchLabels) if (!byLabel.has(label)) byLabel.set(label, id);
  return (name) => {
    if (byId.has(name)) return name;
    const labelled = byLabel.get(name);
    if (labelled !== undefined || name === "") return labelled;
    const [only, another] = [...byId.keys()].filter((id) => id.startsWith(name));
    return another === undefined ? only : undefined;
  };
}
