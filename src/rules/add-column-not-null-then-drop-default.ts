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
    const commands = tableCommands(step, "AT_ColumnDefault");
    const lost = commands.flatMap(({ command, table }) =>
      command.def
        ? []
        : table.columns.filter(
            ({ name, notNull, hasDefault, added }) =>
              name === command.name && notNull && hasDefault && added?.migration === number,
          ),
    );
    const relation = commands[0]?.target.name;
    if (relation === undefined || lost.length === 0) return;
    const names = listed(lost.map(({ name }) => name));
    const [which, help] =
      lost.length === 1
        ? [
            `Column ${names} of ${relation} was added as NOT NULL by this migration, and loses its default here`,
            "Keep the default, and drop it in a later release, when every running version writes the column.",
          ]
        : [
            `Columns ${names} of ${relation} were added as NOT NULL by this migration, and lose their defaults here`,
            "Keep the defaults, and drop them in a later release, when every running version writes the columns.",
          ];
    yield { message: `${which}: INSERTs of the running application fail from this moment.`, help, relation };
  },
};
