import { nameParts, type Node } from "./syntax.ts";

/** Whether a condition only says which rows belong together: `a.id = b.boat`, and the like with `AND`. */
export function isJoin(condition: Node | undefined): boolean {
  if (!condition) return false;
  if ("BoolExpr" in condition) {
    const { boolop, args = [] } = condition.BoolExpr;
    return boolop === "AND_EXPR" && args.every(isJoin);
  }
  if (!("A_Expr" in condition) || nameParts(condition.A_Expr.name).at(-1) !== "=") return false;
  const [left, right] = [condition.A_Expr.lexpr, condition.A_Expr.rexpr].map(ownerOf);
  return left !== undefined && right !== undefined && (left === "" || left !== right);
}

/** What a column is qualified by, `""` where by nothing; `undefined` for what is no column. */
function ownerOf(node: Node | undefined): string | undefined {
  if (node && "TypeCast" in node) return ownerOf(node.TypeCast.arg);
  return node && "ColumnRef" in node ? (nameParts(node.ColumnRef.fields).at(-2) ?? "") : undefined;
}
