import type { AlterTableStmt } from "../../sql/syntax.ts";
import { withTable } from "../edit.ts";
import { relationName } from "../names.ts";
import type { Place } from "../place.ts";
import type { Schema } from "../schema.ts";
import { applyColumnCommand } from "./alter-table-columns.ts";
import { applyConstraintCommand } from "./alter-table-constraints.ts";
import { applyPartitionCommand } from "./alter-table-partitions.ts";
import type { CommandApplyTable } from "./apply-table.ts";

/** One entry for each subcommand that makes a difference to the model. */
const commands: CommandApplyTable = {
  ...applyColumnCommand,
  ...applyConstraintCommand,
  ...applyPartitionCommand,
  AT_SetLogged: (schema, _command, { name }) => withTable(schema, name, () => ({ unlogged: false })),
  AT_SetUnLogged: (schema, _command, { name }) => withTable(schema, name, () => ({ unlogged: true })),
  AT_EnableRowSecurity: (schema, _command, { name }) => withTable(schema, name, () => ({ rowSecurity: true })),
  AT_DisableRowSecurity: (schema, _command, { name }) => withTable(schema, name, () => ({ rowSecurity: false })),
};

/** The schema after an `ALTER TABLE`. */
export function applyAlterTable(
  schema: Schema,
  { relation, cmds = [], objtype }: AlterTableStmt,
  place: Place,
): Schema {
  if (!relation || (objtype !== "OBJECT_TABLE" && objtype !== "OBJECT_FOREIGN_TABLE")) return schema;
  const name = relationName(schema, place.searchPath, relation);
  const existing = schema.relations.get(name);
  if (existing && existing.kind !== "table") return schema;
  const where = { ...place, name, recurses: relation.inh ?? false };
  return cmds.reduce(
    (current, node) => {
      if (!("AlterTableCmd" in node)) return current;
      const command = node.AlterTableCmd;
      return commands[command.subtype ?? "AT_AddColumn"]?.(current, command, where) ?? current;
    },
    withTable(schema, name, () => ({})),
  );
}
