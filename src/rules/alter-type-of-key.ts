import { typeChangeOf } from "../schema/column-type-change.ts";
import { tablesKeyedBy } from "../schema/effects/alter-table-columns.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "alter-type-of-key",
  title: "A change of type on either side of a foreign key locks both tables",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence: "The foreign key is made again: both tables are locked, and every row is looked up once more.",
  },
  remedy:
    "Drop the foreign key before, change the type, and add the key again as NOT VALID, validated in a transaction of its own; or move to a new column.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["alter-type-revalidates-fk"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
      const keyed = new Set(tablesKeyedBy(step.schema, table, target.name, command.name ?? ""));
      const others = [...keyed].filter((name) => name !== target.name && !step.isFresh(name));
      // A rewrite is reported as such; the other table is what this adds.
      if (others.length === 0 || typeChangeOf(step.schema, table, command, step) === "unknown") continue;
      yield {
        message: `A foreign key uses ${command.name}, so changing its type also takes ${lockPhrase("ACCESS EXCLUSIVE", listed(others))} and looks every row up again.`,
        help: "Drop the foreign key before, and add it again as NOT VALID after; validate it in a transaction of its own.",
        relation: others[0] ?? target.name,
      };
    }
  },
};
