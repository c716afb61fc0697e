import { indexNamed, surelyLacks } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import { namedInBodies } from "./named-in-bodies.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-column",
  title: "A dropped column breaks the running application and cannot be brought back",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. Code that still names the column fails, so do prepared statements with SELECT *; the values are gone, and so is every index and constraint that includes the column.",
  },
  remedy:
    "Stop reading and writing the column in one release, drop it in a later one, after a backup of what is still worth keeping.",
  harmless: "The way back of a migration that adds the column.",
  source: manual("ddl-alter#DDL-ALTER-REMOVING-A-COLUMN", "Removing a Column"),
  detectedBy: "both",
  hazards: [
    "drop-column",
    "drop-column-cascades-index-constraint",
    "drop-column-cascade",
    "drop-column-used-by-function-body",
    "select-star-plan-break",
  ],
  statements: ["AlterTableStmt"],
  commands: ["AT_DropColumn"],
  *check(step, { direction }) {
    if (direction === "down") return;
    for (const { command, target, table } of tableCommands(step, "AT_DropColumn")) {
      const name = command.name ?? "";
      if (command.missing_ok && surelyLacks(table, name)) continue;
      const indexes = table.indexes.filter(
        (index) =>
          (indexNamed(step.schema, index)?.columns.length ?? 0) > 1 &&
          indexNamed(step.schema, index)?.columns.includes(name),
      );
      const keys = table.constraints.filter(({ kind, columns }) => kind === "foreign key" && columns.includes(name));
      const parents = keys.flatMap(({ references }) => references?.table ?? []);
      yield {
        message: [
          `Code of the running application that names ${target.name}.${name} fails from this moment, and its values are gone.`,
          ...namedInBodies(step.schema, target.name, name),
          ...(indexes.length > 0 ? [`With it goes ${listed(indexes)}, which covers other columns too.`] : []),
          ...(parents.length > 0
            ? [
                `Its foreign key takes an ACCESS EXCLUSIVE lock on ${listed(parents)} as well, which blocks reads and writes.`,
              ]
            : []),
          ...(command.behavior === "DROP_CASCADE"
            ? ["CASCADE drops every view and constraint that uses it without naming them."]
            : []),
        ].join(" "),
        help: "Drop the column only in a release after the one that stopped using it, and say so with an allowance.",
        relation: target.name,
      };
    }
  },
};
