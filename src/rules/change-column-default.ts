import { tableNamed } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "change-column-default",
  title: "The running application may rely on the old default",
  severity: "info",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. INSERTs that leave the column out store something else from this moment, or fail where it is required.",
  },
  remedy: "Let every running version of the application write the column itself before its default changes.",
  harmless: "A first default for a column that had none, and one in whose place comes an identity.",
  source: manual("ddl-default", "Default Values"),
  detectedBy: "static",
  hazards: ["change-column-default", "drop-default"],
  statements: ["AlterTableStmt"],
  commands: ["AT_ColumnDefault"],
  *check(step, { direction, number, steps }) {
    if (direction === "down") return;
    for (const { command, target } of tableCommands(step, "AT_ColumnDefault")) {
      const column = tableNamed(step.schema, target.name)?.columns.find(({ name }) => name === command.name);
      if (!column?.hasDefault || column.added?.migration === number) continue;
      // What counts is what the migration leaves: a default is often dropped for a change of type and set again.
      const table = tableNamed((steps.at(-1) ?? step).after.schema, target.name);
      const left = table?.columns.find(({ name }) => name === command.name);
      if (
        !left ||
        (!command.def && (left.hasDefault || left.identity)) ||
        (command.def && isOfNewType(steps, target.name, command.name))
      )
        continue;
      // A trigger may give the value.
      const isFilled = table?.triggers.some(({ events, forEachRow }) => forEachRow && events.includes("insert"));
      const refuses = !command.def && left.notNull && !isFilled;
      yield {
        message: refuses
          ? `Column ${column.name} of ${target.name} is NOT NULL and loses its default: INSERTs that leave it out fail from this moment.`
          : `INSERTs of the running application that leave ${column.name} of ${target.name} out store something else from this moment.`,
        help: "Make sure that every running version writes the column itself before the migration runs.",
        relation: target.name,
        ...(refuses ? { severity: "warning" as const } : {}),
      };
    }
  },
};

/** Whether the migration also changes the column's type: the default is then written again as one of the new type. */
const isOfNewType = (steps: readonly Step[], table: string, column: string | undefined): boolean =>
  steps.some((step) =>
    tableCommands(step, "AT_AlterColumnType").some(
      ({ command, target }) => target.name === table && command.name === column,
    ),
  );
