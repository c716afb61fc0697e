import { tableNamed } from "../schema/schema.ts";
import { volatilityOf } from "../schema/volatility.ts";
import { objectNameOf } from "../schema/names.ts";
import { constraintNodes } from "../schema/table-parts.ts";
import { nameParts, type Node, walk } from "../sql/syntax.ts";
import { addedColumns, addedConstraints } from "./alter-table.ts";
import type { Step } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "check-not-immutable",
  title: "A check that depends on more than its row",
  severity: "warning",
  effect: {
    consequence:
      "PostgreSQL takes a row that passed once for valid: when time or another table has moved on, restoring a dump and VALIDATE fail on rows that are there.",
  },
  remedy:
    "Let a check say only what holds for ever of its own row; what depends on the time or on other rows belongs into a trigger or the application.",
  harmless: "Immutable functions.",
  source: manual("ddl-constraints#DDL-CONSTRAINTS-CHECK-CONSTRAINTS", "Check Constraints"),
  detectedBy: "static",
  hazards: ["volatile-check-expression"],
  statements: ["CreateStmt", "AlterTableStmt"],
  commands: ["AT_AddConstraint", "AT_AddColumn"],
  *check(step) {
    for (const { expression, relation } of checksOf(step)) {
      const culprit = changing(expression, step);
      if (culprit === undefined) continue;
      yield {
        message: `The check calls ${culprit}, whose answer is another one later: rows of ${relation} that pass today make a restore or a VALIDATE fail then.`,
        help: "Check only what holds for ever of the row itself; use a trigger for the rest.",
        relation,
      };
    }
  },
};

/** The checks that a statement brings, also those of a new table. */
function* checksOf(step: Step): Generator<{ readonly expression: Node; readonly relation: string }> {
  if ("CreateStmt" in step.node) {
    const { relation, tableElts = [] } = step.node.CreateStmt;
    if (!relation || tableNamed(step.schema, step.target(relation).name)) return;
    const inline = tableElts.flatMap((element) =>
      "ColumnDef" in element ? (element.ColumnDef.constraints ?? []) : [element],
    );
    for (const { contype, raw_expr } of constraintNodes(inline))
      if (contype === "CONSTR_CHECK" && raw_expr) yield { expression: raw_expr, relation: step.target(relation).name };
    return;
  }
  for (const { constraint, target } of addedConstraints(step))
    if (constraint.contype === "CONSTR_CHECK" && constraint.raw_expr)
      yield { expression: constraint.raw_expr, relation: target.name };
  for (const { constraints, target } of addedColumns(step))
    for (const { contype, raw_expr } of constraints)
      if (contype === "CONSTR_CHECK" && raw_expr) yield { expression: raw_expr, relation: target.name };
}

const clocks = new Set(["now", "transaction_timestamp", "statement_timestamp", "current_setting", "current_schema"]);

/** A function in an expression that may give another answer later. */
function changing(expression: Node, { schema, searchPath }: Step): string | undefined {
  const volatility = volatilityOf(expression, schema, searchPath);
  if (volatility.kind === "volatile") return `${volatility.function}()`;
  for (const node of walk(expression)) {
    if ("SQLValueFunction" in node) return "the clock or the session";
    const call = node["FuncCall"] as { funcname?: Node[] } | undefined;
    if (!call) continue;
    const parts = nameParts(call.funcname);
    const routine = schema.routines.get(objectNameOf(schema.routines, searchPath, parts));
    if (routine ? routine.volatility === "stable" : clocks.has(parts.at(-1) ?? "")) return `${parts.at(-1)}()`;
  }
  return undefined;
}
