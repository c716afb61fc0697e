import { tableNamed } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "add-column-not-null-then-drop-default",
  title: "Without its default a required column refuses the running application's rows",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "Code that was written before the column exists names no value for it, so its INSERTs fail from this moment.",
  },
  remedy:
    "Keep the default until every running version of the application writes the column, and drop it in a later release.",
  source: manual("ddl-default", "Default Values"),
  detectedBy: "static",
  hazards: ["add-column-not-null-then-drop-default"],
  statements: ["AlterTableStmt"],
  commands: ["AT_ColumnDefault"],
  *check(step, { number }) {
    for (const { command, target } of tableCommands(step, "AT_ColumnDefault")) {
      if (command.def) continue;
      const column = tableNamed(step.schema, target.name)?.columns.find(({ name }) => name === command.name);
      if (!column?.notNull || !column.hasDefault || column.added?.migration !== number) continue;
      yield {
        message: `Column ${column.name} of ${target.name} was added as NOT NULL by this migration, and loses its default here: INSERTs of the running application fail from this moment.`,
        help: "Keep the default, and drop it in a later release, when every running version writes the column.",
        relation: target.name,
      };
    }
  },
};
