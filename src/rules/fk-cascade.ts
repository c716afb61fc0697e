import { relationName } from "../schema/names.ts";
import { addedColumns, addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "fk-cascade",
  title: "A foreign key deletes or changes rows of another table",
  severity: "info",
  effect: {
    consequence:
      "One DELETE reaches every row that refers to it, in a statement that nobody reads, with its triggers and locks.",
  },
  remedy:
    "Delete the rows that refer to it where the application says so, in batches; let the foreign key refuse what is left.",
  harmless: "Foreign keys of a table that the same migration creates.",
  source: manual("sql-createtable#SQL-CREATETABLE-PARMS-REFERENCES", "CREATE TABLE, REFERENCES"),
  detectedBy: "static",
  hazards: ["fk-on-delete-cascade"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn", "AT_AddConstraint"],
  *check(step) {
    const keys = [
      ...[...addedConstraints(step)].map(({ constraint, target }) => ({ constraint, target })),
      ...[...addedColumns(step)].flatMap(({ constraints, target }) =>
        constraints.map((constraint) => ({ constraint, target })),
      ),
    ];
    for (const { constraint, target } of keys) {
      const what = constraint.contype === "CONSTR_FOREIGN" ? actions[constraint.fk_del_action ?? "a"] : undefined;
      if (what === undefined || !constraint.pktable) continue;
      const parent = relationName(step.schema, step.searchPath, constraint.pktable);
      yield {
        message: `A DELETE of one row of ${parent} ${what} every row of ${target.name} that refers to it, in the same statement.`,
        help: "Decide whether that is meant, and that an index makes those rows quick to find.",
        relation: target.name,
      };
    }
  },
};

const actions: Readonly<Record<string, string | undefined>> = {
  c: "deletes",
  n: "changes to NULL",
  d: "changes to the default",
};
