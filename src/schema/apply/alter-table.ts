import type { AlterTableCmd, AlterTableStmt } from "../../sql/syntax.ts";
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
  // A partitioned table has nothing that could be logged.
  AT_SetUnLogged: (schema, _command, { name }) =>
    withTable(schema, name, ({ variety }) => ({ unlogged: variety !== "partitioned" })),
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
  return cmds
    .flatMap((node): AlterTableCmd[] => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []))
    .toSorted((one, other) => passOf(one) - passOf(other))
    .reduce(
      (current, command) => commands[command.subtype ?? "AT_AddColumn"]?.(current, command, where) ?? current,
      existing ? schema : withTable(schema, name, () => ({})),
    );
}

/** PostgreSQL takes the parts of a statement in this order, whatever the text says; what is not listed comes last. */
const passes: readonly (readonly AlterTableCmd["subtype"][])[] = [
  ["AT_DropColumn", "AT_DropConstraint"],
  ["AT_AlterColumnType"],
  ["AT_AddColumn"],
];

function passOf({ subtype = "AT_AddColumn" }: AlterTableCmd): number {
  const pass = passes.findIndex((each) => each.includes(subtype));
  return pass === -1 ? passes.length : pass;
}
