import type { History } from "../history.ts";
import type { LineageReport } from "../verdict.ts";
import { graphOf } from "./graph.ts";

/**
 * The shape of a history. Heads are what `alembic heads` lists: revisions that no other names as its down revision, also when
 * another depends on them, because `alembic upgrade head` refuses two of those as well. A linear history has one head: its last.
 */
export function describeLineage(history: History, newIds: ReadonlySet<string>): LineageReport {
  const { byId, parents, children } = graphOf(history.revisions);
  const ids = [...byId.keys()];
  const common = { revisions: history.revisions.length, new: ids.filter((id) => newIds.has(id)) };
  if (history.shape === "linear")
    return { ...common, heads: ids.slice(-1), bases: ids.slice(0, 1), branchPoints: [], mergePoints: [] };
  const childrenOf = (id: string): number => children.get(id)?.length ?? 0;
  return {
    ...common,
    heads: ids.filter((id) => childrenOf(id) === 0),
    bases: ids.filter((id) => byId.get(id)?.downRevisions.length === 0),
    branchPoints: ids.filter((id) => childrenOf(id) > 1),
    mergePoints: ids.filter((id) => (parents.get(id)?.length ?? 0) > 1),
  };
}
