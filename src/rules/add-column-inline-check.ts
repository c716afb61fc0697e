import { objectName } from "../schema/object-name.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { addedColumns } from "./alter-table.ts";
import { bareColumn } from "./bare-column.ts";
import { checkCondition } from "./definition-parts.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-column-inline-check",
  title: "A check in a new column reads the whole table under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "PostgreSQL checks every row, although all of them hold the same value in the new column.",
  },
  remedy:
    "Add the column without the check, then the check as NOT VALID, and validate that in a transaction of its own.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["add-column-inline-check"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const added of addedColumns(step)) {
      const { name, target, table, constraints } = added;
      const [check, ...more] = constraints.filter(
        ({ contype, skip_validation: notValid }) => contype === "CONSTR_CHECK" && !notValid,
      );
      if (!check) continue;
      const condition = more.length === 0 ? checkCondition(added.text) : undefined;
      const constraint = identifierText(check.conname ?? objectName(table.name, [name], "check"));
      yield {
        message: `The check in the new column ${name} is verified for every row of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add the column first, then the check as NOT VALID, and validate it in a transaction of its own:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${bareColumn(step, added)}`,
          ...(condition === undefined
            ? []
            : [
                `ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} CHECK (${condition}) NOT VALID`,
                `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`,
              ]),
        ],
        relation: target.name,
      };
    }
  },
};
