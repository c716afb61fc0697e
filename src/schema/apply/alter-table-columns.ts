import { type AlterTableCmd, nameParts } from "../../sql/syntax.ts";
import { withTable, withoutRelation } from "../edit.ts";
import { columnType } from "../names.ts";
import { type Column, indexNamed, type Schema, type Table, tableNamed, withDescendants } from "../schema.ts";
import { isNull } from "../expressions.ts";
import { columnOf, inlineConstraints, withColumnChange } from "../table-parts.ts";
import type { CommandApplyTable, CommandPlace } from "./apply-table.ts";
import { addConstraints, dropConstraint, referencedBy } from "./constraints.ts";
import { passedOn } from "./passed-on.ts";

/** What the subcommands about columns do. */
export const applyColumnCommand = {
  AT_AddColumn(schema, { def, missing_ok }, place) {
    if (!def || !("ColumnDef" in def)) return schema;
    const { name, migration } = place;
    const table = tableNamed(schema, name);
    const column = columnOf(def.ColumnDef);
    const isUnfilled = !column.hasDefault && !column.identity && !column.generated;
    const { type, generated, ...written } = {
      ...column,
      added: { migration },
      ...(isUnfilled ? { unfilled: true as const } : {}),
    };
    if (table?.columns.some((known) => known.name === written.name)) return schema;
    // With IF NOT EXISTS it may be there already, with another type.
    const added =
      type && (table?.complete || !missing_ok) ? { type, ...written, ...(generated ? { generated } : {}) } : written;
    const inline = inlineConstraints(name, def.ColumnDef, (node) => referencedBy(schema, node, place));
    const withColumn = everywhere(schema, place, ({ columns }) => ({ columns: [...columns, added] }));
    const own = tableNamed(withColumn, name)?.constraints.length ?? 0;
    const constrained = addConstraints(withColumn, name, inline, place);
    return (tableNamed(constrained, name)?.constraints.slice(own) ?? []).reduce(
      (current, constraint) => (place.recurses ? passedOn(current, name, constraint, place) : current),
      constrained,
    );
  },
  AT_DropColumn: (schema, { name: column = "" }, { name, recurses }) =>
    (recurses ? withDescendants(schema, name) : [name]).reduce(
      (current, table) => withoutColumn(current, table, column),
      schema,
    ),
  AT_ColumnDefault: (schema, command, place) =>
    changed(schema, command, place, { hasDefault: command.def !== undefined && !isNull(command.def) }),
  AT_SetNotNull: (schema, command, place) =>
    // It reads the rows, and a constraint that was not valid is, then.
    everywhere(changed(schema, command, place, { notNull: true }), place, ({ constraints }) => ({
      constraints: constraints.map((known) =>
        known.kind === "not null" && !known.validated && known.columns.includes(command.name ?? "")
          ? { ...known, validated: true }
          : known,
      ),
    })),
  AT_DropNotNull: (schema, command, place) => changed(schema, command, place, { notNull: false }),
  AT_AddIdentity: (schema, command, place) => changed(schema, command, place, { identity: true }),
  AT_DropIdentity: (schema, command, place) => changed(schema, command, place, { identity: false }),
  AT_DropExpression: (schema, { name: column }, place) =>
    everywhere(schema, place, ({ columns }) => ({
      columns: columns.map((known) => (known.name === column ? withoutGenerated(known) : known)),
    })),
  AT_AlterColumnType(schema, command, place) {
    const { def } = command;
    if (!def || !("ColumnDef" in def) || !def.ColumnDef.typeName) return schema;
    const collation = nameParts(def.ColumnDef.collClause?.collname).join(".");
    const type = columnType(def.ColumnDef.typeName);
    return changed(schema, command, place, { type, ...(collation ? { collation } : {}) });
  },
} satisfies CommandApplyTable;

function everywhere(
  schema: Schema,
  { name, recurses }: CommandPlace,
  change: (table: Table) => Partial<Table>,
): Schema {
  const tables = recurses ? withDescendants(schema, name) : [name];
  return tables.reduce((current, table) => withTable(current, table, change), schema);
}

const changed = (
  schema: Schema,
  { name: column = "" }: AlterTableCmd,
  place: CommandPlace,
  change: Partial<Column>,
): Schema => everywhere(schema, place, ({ columns }) => ({ columns: withColumnChange(columns, column, change) }));

/** The schema without a column of a table, and without the constraints and indexes that include it. */
export function withoutColumn(before: Schema, name: string, column: string): Schema {
  const schema = withTable(before, name, ({ columns }) => ({
    columns: columns.filter((known) => known.name !== column),
  }));
  const table = tableNamed(schema, name);
  if (!table) return schema;
  const constraints = table.constraints.filter(({ columns }) => columns.includes(column));
  const indexes = table.indexes.filter((index) => {
    const known = indexNamed(schema, index);
    return known !== undefined && (known.columns.includes(column) || known.mentions.includes(column));
  });
  return indexes.reduce(
    withoutRelation,
    constraints.reduce((current, constraint) => dropConstraint(current, name, constraint.name), schema),
  );
}

function withoutGenerated(column: Column): Column {
  const { generated: _, ...rest } = column;
  return rest;
}
