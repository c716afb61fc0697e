import { tableNamed } from "../schema/schema.ts";
import { listed } from "../prose.ts";
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
    const lost = tableCommands(step, "AT_ColumnDefault").flatMap(({ command, target }) => {
      const column = tableNamed(step.schema, target.name)?.columns.find(({ name }) => name === command.name);
      const isLost = !command.def && column?.notNull && column.hasDefault && column.added?.migration === number;
      return isLost ? [{ column: column.name, relation: target.name }] : [];
    });
    const [first, ...more] = lost;
    if (!first) return;
    const { column, relation } = first;
    const which =
      more.length === 0
        ? `Column ${column} of ${relation} was added as NOT NULL by this migration, and loses its default here`
        : `Columns ${listed(lost.map((one) => one.column))} of ${relation} were added as NOT NULL by this migration, and lose their defaults here`;
    yield {
      message: `${which}: INSERTs of the running application fail from this moment.`,
      help: `Keep the ${more.length === 0 ? "default, and drop it" : "defaults, and drop them"} in a later release, when every running version writes the ${more.length === 0 ? "column" : "columns"}.`,
      relation,
    };
  },
};
