import { isJoin } from "./join-condition.ts";
import { type Definitions, definitionsOf, readWhole, sourcesRead } from "./read-whole.ts";
import { nameParts, type Node, type RangeVar } from "./syntax.ts";

/**
 * The relations of which any row chooses one for a condition that leaves out nothing else: those of `EXISTS (…)`, of
 * `IN (SELECT …)` and of `= ANY (ARRAY (SELECT …))`. None where it only joins; `undefined` where it has other things to say.
 */
export function rowsChosenBy(condition: Node | undefined, defined: Definitions): readonly RangeVar[] | undefined {
  if (!condition) return undefined;
  if (isJoin(condition)) return [];
  if ("BoolExpr" in condition) {
    const { boolop, args = [] } = condition.BoolExpr;
    const all = boolop === "AND_EXPR" ? args.map((arg) => rowsChosenBy(arg, defined)) : [undefined];
    return all.every((each) => each !== undefined) ? all.flat() : undefined;
  }
  if ("A_Expr" in condition && condition.A_Expr.kind === "AEXPR_OP_ANY") {
    const { rexpr, name } = condition.A_Expr;
    const isArray = rexpr && "SubLink" in rexpr && rexpr.SubLink.subLinkType === "ARRAY_SUBLINK";
    return isArray && nameParts(name).at(-1) === "=" ? readWhole(rexpr.SubLink.subselect, defined) : undefined;
  }
  if (!("SubLink" in condition)) return undefined;
  const { subLinkType, subselect, operName = [] } = condition.SubLink;
  if (subLinkType === "EXISTS_SUBLINK") return found(subselect, defined);
  const isEqual = operName.length === 0 || nameParts(operName).at(-1) === "=";
  return subLinkType === "ANY_SUBLINK" && isEqual ? readWhole(subselect, defined) : undefined;
}

/** Those of which any row makes `EXISTS` true: a limit takes nothing away from that, and a join is what one expects there. */
function found(query: Node | undefined, around: Definitions): readonly RangeVar[] | undefined {
  if (!query || !("SelectStmt" in query)) return undefined;
  const { op, whereClause, fromClause, groupClause, havingClause, withClause } = query.SelectStmt;
  if ((op !== undefined && op !== "SETOP_NONE") || !fromClause || groupClause || havingClause) return undefined;
  const defined = definitionsOf(withClause, around);
  const inner = whereClause ? rowsChosenBy(whereClause, defined) : [];
  const read = sourcesRead(fromClause, defined);
  return inner && read && [...read, ...inner];
}
