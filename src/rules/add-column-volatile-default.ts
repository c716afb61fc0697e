import { columnRewrite } from "../schema/column-rewrite.ts";
import { addedColumns } from "./alter-table.ts";
import { defaultText } from "./definition-parts.ts";
import type { Rule } from "./rule.ts";
import { fillInBatches, makeNotNull } from "./stages.ts";
import { lockOn, manual, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "add-column-volatile-default",
  title: "A volatile default rewrites the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence: "The default is computed for every row, so the whole table and all its indexes are written again.",
  },
  remedy:
    "Add the column without a default, set the default in a second statement so that it holds for new rows, and fill the old rows in batches.",
  harmless:
    "Constants and stable expressions, `now()` among them: they are computed once and kept in the catalog. All old rows then get the same value.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["add-column-volatile-default", "add-column-stable-default-is-safe"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const { definition, name, column, target, table, isRequired, text } of addedColumns(step)) {
      const why = columnRewrite(step.schema, definition, step);
      if (why?.kind !== "volatile default" && why?.kind !== "unknown function") continue;
      const certain = why.kind === "volatile default";
      const value = defaultText(text);
      yield {
        message: certain
          ? `${why.function}() is volatile, so adding column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`
          : `Headgate does not know the function ${why.function}(). Unless it is declared STABLE or IMMUTABLE, adding column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add the column without a default, and set the default for new rows:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${column} ${typeOf(definition.typeName)}`,
          ...(value === undefined ? [] : [`ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET DEFAULT ${value}`]),
        ],
        later: [
          ...(value === undefined ? [] : [fillInBatches({ target, table, name, value }, !certain)]),
          ...(isRequired ? [makeNotNull({ target, table, name })] : []),
        ],
        relation: target.name,
        ...(certain ? {} : { severity: "warning" as const }),
      };
    }
  },
};
