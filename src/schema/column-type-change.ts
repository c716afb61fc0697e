import { type AlterTableCmd, nameParts } from "../sql/syntax.ts";
import { columnType } from "./names.ts";
import type { Place } from "./place.ts";
import type { Schema, Table } from "./schema.ts";
import { classifyTypeChange, type TypeChange } from "./type-change.ts";

/** What `ALTER COLUMN … TYPE` does to its table. */
export function typeChangeOf(
  schema: Schema,
  table: Table,
  { name = "", def }: AlterTableCmd,
  { searchPath }: Pick<Place, "searchPath">,
): TypeChange {
  if (!def || !("ColumnDef" in def) || !def.ColumnDef.typeName) return "none";
  const from = table.columns.find((column) => column.name === name)?.type;
  return classifyTypeChange(
    schema,
    searchPath,
    name,
    from,
    columnType(def.ColumnDef.typeName),
    def.ColumnDef.raw_default,
  );
}

/** The checks that PostgreSQL verifies again when the column's type changes, however harmless the change. */
export function recheckedOnTypeChange({ constraints }: Table, column: string) {
  return constraints.filter(
    ({ kind, columns, validated }) => kind === "check" && validated && columns.includes(column),
  );
}

/** Whether a time zone, as `SET TimeZone` names it, is UTC. */
export const isUtcZone = (timeZone: string | undefined): boolean =>
  timeZone !== undefined && /^(utc|etc\/utc|gmt|etc\/gmt|zulu|0)$/i.test(timeZone);

/** Whether a change of type names another collation than the column is known to have. */
export function changesCollation(table: Table, { name, def }: AlterTableCmd): boolean {
  const wanted = def && "ColumnDef" in def ? nameParts(def.ColumnDef.collClause?.collname).join(".") : "";
  return wanted !== "" && table.columns.find((column) => column.name === name)?.collation !== wanted;
}
