import { changesCollation, typeChangeOf } from "../schema/column-type-change.ts";
import { indexesOn } from "../schema/schema.ts";
import { nameParts } from "../sql/syntax.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "alter-column-collate",
  title: "Another collation builds the indexes again under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "The table is not written again, but every index on the column is, while nobody can read or write the table.",
  },
  remedy: "Drop the indexes on the column with CONCURRENTLY before, and build them again with CONCURRENTLY afterwards.",
  harmless: "A column without an index.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["alter-column-collate"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
      if (!command.def || !("ColumnDef" in command.def)) continue;
      const collation = nameParts(command.def.ColumnDef.collClause?.collname).join(".");
      const name = command.name ?? "";
      if (!changesCollation(table, command) || typeChangeOf(step.schema, table, command, step) === "rewrite") continue;
      const indexes = indexesOn(step.schema, table, name);
      if (table.complete && indexes.length === 0) continue;
      yield {
        message: `With the collation ${collation} for column ${name}, ${indexes.length > 0 ? indexes.join(", ") : "every index on it"} is built again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Drop the index with CONCURRENTLY first, and build it again with CONCURRENTLY afterwards.",
        relation: target.name,
      };
    }
  },
};
