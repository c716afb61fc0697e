import { nameParts, type Node } from "../sql/syntax.ts";
import type { Constraint, Table } from "./schema.ts";

/** Whether a column is known to hold no NULL: declared so, or proved by a validated check, as PostgreSQL would conclude. */
export function provenNotNull({ columns, constraints }: Table, column: string): boolean {
  return (
    (columns.find(({ name }) => name === column)?.notNull ?? false) ||
    constraints.some(
      ({ kind, validated, columns: keys }) => kind === "primary key" && validated && keys.includes(column),
    ) ||
    notNullCheck(constraints, column) !== undefined
  );
}

/** The validated check that proves that a column holds no NULL, if there is one. */
function notNullCheck(constraints: readonly Constraint[], column: string): Constraint | undefined {
  return constraints.find(
    ({ kind, validated, expression }) =>
      kind === "check" && validated && expression && impliesNotNull(expression, column),
  );
}

/** Whether a condition cannot hold for a NULL in the column: `a IS NOT NULL`, alone or joined by `AND`. PostgreSQL concludes no more. */
function impliesNotNull(expression: Node, column: string): boolean {
  if ("BoolExpr" in expression)
    return (
      expression.BoolExpr.boolop === "AND_EXPR" &&
      (expression.BoolExpr.args ?? []).some((arg) => impliesNotNull(arg, column))
    );
  if (!("NullTest" in expression)) return false;
  const { arg, nulltesttype } = expression.NullTest;
  return (
    nulltesttype === "IS_NOT_NULL" &&
    arg !== undefined &&
    "ColumnRef" in arg &&
    nameParts(arg.ColumnRef.fields).at(-1) === column
  );
}
