import { type BodyOf, nameParts, type Node } from "./syntax.ts";

/** Whether a condition only says which rows belong together: `a.id = b.boat`, and the like with `AND`. */
export function isJoin(condition: Node | undefined): boolean {
  if (!condition) return false;
  if ("BoolExpr" in condition) {
    const { boolop, args = [] } = condition.BoolExpr;
    return boolop === "AND_EXPR" && args.every(isJoin);
  }
  if (!("A_Expr" in condition) || !isEqual(condition.A_Expr)) return false;
  const [left, right] = [condition.A_Expr.lexpr, condition.A_Expr.rexpr].map(ownerOf);
  return left !== undefined && right !== undefined && (left === "" || left !== right);
}

/** Whether it is `a = b`; the parser gives that operator to `a IS DISTINCT FROM b` and `a IN (b)`, too. */
const isEqual = ({ kind, name }: BodyOf<"A_Expr">): boolean => kind === "AEXPR_OP" && nameParts(name).at(-1) === "=";

/** What a column is qualified by, `""` where by nothing; `undefined` for what is no column. */
function ownerOf(node: Node | undefined): string | undefined {
  if (node && "TypeCast" in node) return ownerOf(node.TypeCast.arg);
  return node && "ColumnRef" in node ? (nameParts(node.ColumnRef.fields).at(-2) ?? "") : undefined;
}
