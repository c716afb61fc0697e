import { type Definitions, definitionsOf } from "./read-whole.ts";
import { type BodyOf, type Node, nodesOf, type RangeVar } from "./syntax.ts";

/** A change of rows that are there. */
export interface RowChange {
  readonly name: "UPDATE" | "DELETE" | "MERGE";
  readonly relation: RangeVar;
  /** Which rows; absent: all. */
  readonly condition?: Node | undefined;
  /** What they are joined with. */
  readonly sources: readonly Node[];
  /** Whether it changes those that the join does not find. */
  readonly rest?: true;
  /** What its `WITH` defines. */
  readonly defined: Definitions;
}

/** The changes that a query makes itself, and those in its `WITH`. */
export function* changesIn(query: Node): Generator<RowChange> {
  const all = nodesOf(query);
  // A change in a WITH may read what stands beside it there.
  const defined = definitionsOf({
    ctes: all.filter((inner): inner is Extract<Node, { CommonTableExpr: unknown }> => "CommonTableExpr" in inner),
  });
  for (const inner of all) {
    if ("UpdateStmt" in inner) {
      const { fromClause, ...statement } = inner["UpdateStmt"] as BodyOf<"UpdateStmt">;
      yield* changeOf("UPDATE", { ...statement, sources: fromClause }, defined);
    }
    if ("DeleteStmt" in inner) {
      const { usingClause, ...statement } = inner["DeleteStmt"] as BodyOf<"DeleteStmt">;
      yield* changeOf("DELETE", { ...statement, sources: usingClause }, defined);
    }
    if ("MergeStmt" in inner) yield* changesOfMerge(inner["MergeStmt"] as BodyOf<"MergeStmt">, defined);
  }
}

interface Changing {
  readonly relation?: RangeVar;
  readonly whereClause?: Node;
  readonly sources?: readonly Node[] | undefined;
}

function* changeOf(
  name: RowChange["name"],
  { relation, whereClause: condition, sources = [] }: Changing,
  defined: Definitions,
): Generator<RowChange> {
  if (relation) yield { name, relation, condition, sources, defined };
}

/** What the clauses of a `MERGE` change that have no condition of their own. */
function* changesOfMerge(merge: BodyOf<"MergeStmt">, defined: Definitions): Generator<RowChange> {
  const { relation, sourceRelation, joinCondition: condition, mergeWhenClauses = [] } = merge;
  const kinds = mergeWhenClauses.flatMap((node) => {
    if (!("MergeWhenClause" in node)) return [];
    const clause = node.MergeWhenClause;
    const isChange = clause.commandType === "CMD_UPDATE" || clause.commandType === "CMD_DELETE";
    return isChange && !clause.condition ? [clause.matchKind] : [];
  });
  if (!relation || !sourceRelation || kinds.length === 0) return;
  const matched = kinds.includes("MERGE_WHEN_MATCHED");
  const rest = kinds.includes("MERGE_WHEN_NOT_MATCHED_BY_SOURCE");
  yield {
    name: "MERGE",
    relation,
    condition: matched && rest ? undefined : condition,
    sources: [sourceRelation],
    defined,
    ...(rest && !matched ? { rest } : {}),
  };
}
