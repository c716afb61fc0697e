import { objectName } from "../schema/object-name.ts";
import { typeChangeOf } from "../schema/column-type-change.ts";
import { columnType, typeText } from "../schema/names.ts";
import { isConstrained, storedType } from "../schema/type-change.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import { usingText } from "./definition-parts.ts";
import type { Rule } from "./rule.ts";
import { asDomain, fillInBatches, keepByTrigger, makeNotNull, takeOver } from "./stages.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "alter-column-type-rewrite",
  title: "A change of type rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence:
      "Every value is converted, so the whole table and all its indexes are written again. A narrower type can fail or lose digits on the way.",
  },
  remedy:
    "Add a column of the new type, let a trigger or the application write both, fill the old rows in batches, and switch over to the new column in a later release.",
  harmless:
    "Changes that touch no row: a longer varchar or none at all, varchar to text and back, a numeric with more digits before the point and the same after, more digits of a second, a domain without constraints.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["alter-column-type-rewrite", "alter-column-type-safe-widening", "enum-remove-value"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    for (const { command, target, table, text } of tableCommands(step, "AT_AlterColumnType")) {
      if (!command.def || !("ColumnDef" in command.def)) continue;
      const change = typeChangeOf(step.schema, table, command, step);
      if (change !== "rewrite" && change !== "unknown") continue;
      const name = command.name ?? "";
      const column = table.columns.find((candidate) => candidate.name === name);
      const present = column?.type;
      const { typeName } = command.def.ColumnDef;
      const wanted = typeOf(typeName);
      const type = typeName && columnType(typeName);
      const isChecked = type !== undefined && isConstrained(step.schema, step.searchPath, type);
      const stored = type && storedType(step.schema, step.searchPath, type);
      const isUsing = command.def.ColumnDef.raw_default !== undefined;
      const value = isUsing ? usingText(text) : identifierText(name);
      // Only the constraints of the domain are new.
      const isSame = isChecked && !isUsing && present && typeText(present) === typeText(stored ?? type);
      const next = objectName(name, [], "new");
      const parts = { target, table, name: isSame ? name : next };
      yield {
        message:
          change === "rewrite"
            ? `Changing column ${name}${present ? ` from ${typeText(present)}` : ""} to ${wanted} writes every row again, holding ${lockOn(step, target.name)} until it is done.`
            : `Whether changing column ${name} to ${wanted} writes every row again depends on its present type, which no statement read so far tells. If it does, it holds ${lockOn(step, target.name)} until it is done.`,
        help: isSame
          ? "Leave the type, and let a check, validated later, look at the constraints of the domain:"
          : "Add a column of the new type, and let a trigger write both:",
        fix: isSame
          ? asDomain(parts, wanted)
          : [
              `ALTER TABLE ${target.sql} ADD COLUMN ${identifierText(next)} ${isChecked && stored ? typeText(stored) : wanted}`,
              ...(value === undefined ? [] : keepByTrigger({ ...parts, value })),
            ],
        ...(isSame || value === undefined
          ? {}
          : {
              later: [
                fillInBatches({ ...parts, value }, true),
                ...(isChecked
                  ? [{ help: "Let a check look at the constraints of the domain:", fix: asDomain(parts, wanted) }]
                  : []),
                ...(column?.notNull ? [makeNotNull(parts)] : []),
                takeOver({ ...parts, value }, name),
              ],
            }),
        relation: target.name,
        ...(change === "rewrite" ? {} : { severity: "warning" as const }),
      };
    }
  },
};
