import { objectName } from "../schema/object-name.ts";
import { typeText } from "../schema/names.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import { generatedText } from "./definition-parts.ts";
import type { Rule } from "./rule.ts";
import { fillInBatches, keepByTrigger, makeNotNull, takeOverKept } from "./stages.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "set-expression",
  title: "Another expression for a stored generated column rewrites the table",
  severity: "error",
  appliesTo: { from: 17 },
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence: "The value is computed for every row, so the whole table and all its indexes are written again.",
  },
  remedy: "Add a new column with the new expression kept by a trigger, fill it in batches, and switch over.",
  harmless: "Virtual generated columns (PostgreSQL 18).",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-EXPRESSION", "ALTER TABLE, SET EXPRESSION"),
  detectedBy: "both",
  hazards: ["add-drop-identity-or-expression"],
  statements: ["AlterTableStmt"],
  commands: ["AT_SetExpression"],
  *check(step) {
    for (const { command, target, table, text } of tableCommands(step, "AT_SetExpression")) {
      const column = table.columns.find(({ name }) => name === command.name);
      if (column?.generated === "virtual") continue;
      const name = command.name ?? "";
      const value = generatedText(text);
      const filled =
        column?.type && value !== undefined ? { target, table, name: objectName(name, [], "new"), value } : undefined;
      yield {
        message: `The new expression of ${command.name} is computed for every row, writing all of ${target.name} again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add a plain column that a trigger keeps:",
        ...(filled && column?.type
          ? {
              fix: [
                `ALTER TABLE ${target.sql} ADD COLUMN ${identifierText(filled.name)} ${typeText(column.type)}`,
                ...keepByTrigger(filled),
              ],
              later: [
                fillInBatches(filled, true),
                ...(column.notNull ? [makeNotNull(filled)] : []),
                takeOverKept(filled, name),
              ],
            }
          : {}),
        relation: target.name,
      };
    }
  },
};
