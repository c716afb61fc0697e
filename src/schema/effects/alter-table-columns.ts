import { columnRewrite, defaultOf } from "../column-rewrite.ts";
import { changesCollation, isUtcZone, recheckedOnTypeChange, typeChangeOf } from "../column-type-change.ts";
import { isSerial } from "../names.ts";
import { indexesOn, type Schema, surelyHas, type Table, tableNamed } from "../schema.ts";
import { provenNotNull } from "../not-null-proof.ts";
import { constraintNodes } from "../table-parts.ts";
import type { CommandTable } from "./command-context.ts";

/** The effects of the subcommands about columns. */
export const columnEffects = {
  AT_AddColumn({ def, missing_ok }, { schema, place, table, scanTable, rewriteTable, unsure, named, lockTree }) {
    if (!def || !("ColumnDef" in def)) return;
    const { colname = "" } = def.ColumnDef;
    if (missing_ok ? surelyHas(table, colname) : table.columns.some(({ name }) => name === colname)) return;
    const why = columnRewrite(schema, def.ColumnDef, place);
    if (why) rewriteTable();
    if (why?.kind === "unknown function") unsure();
    const value = defaultOf(def.ColumnDef);
    for (const { contype, pktable, skip_validation: notValid } of constraintNodes(def.ColumnDef.constraints)) {
      if ((contype === "CONSTR_CHECK" && !notValid) || contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY")
        scanTable();
      if (contype === "CONSTR_NOTNULL" && !value && !isSerial(def.ColumnDef.typeName)) scanTable();
      if (contype === "CONSTR_FOREIGN" && pktable) {
        lockTree(named(pktable), "SHARE ROW EXCLUSIVE");
        if (value && !notValid) scanTable();
      }
    }
  },
  AT_DropColumn({ name: column = "" }, { table, lock }) {
    for (const { references } of foreignKeysOn(table, column))
      if (references) lock(references.table, "ACCESS EXCLUSIVE");
  },
  AT_SetNotNull({ name: column = "" }, { table, scanTable }) {
    if (!provenNotNull(table, column)) scanTable();
  },
  AT_SetExpression({ name: column }, { table, rewriteTable }) {
    if (table.columns.find((known) => known.name === column)?.generated !== "virtual") rewriteTable();
  },
  AT_AlterColumnType(command, { schema, place, name, table, scanTable, rewriteTable, unsure, lock }) {
    const { name: column = "" } = command;
    const change = typeChangeOf(schema, table, command, place);
    const isUtc = change === "time zone" && isUtcZone(place.timeZone);
    if (change === "rewrite" || change === "unknown" || (change === "time zone" && !isUtc)) rewriteTable();
    if (change === "unknown" || (change === "time zone" && place.timeZone === undefined)) unsure();
    const rebuilt = isUtc || (change === "none" && changesCollation(table, command));
    if (rebuilt && indexesOn(schema, table, column).length > 0) scanTable();
    if (change === "none" && recheckedOnTypeChange(table, column).length > 0) scanTable();
    for (const other of tablesKeyedBy(schema, table, name, column)) lock(other, "ACCESS EXCLUSIVE");
  },
} satisfies CommandTable;

/** The tables at the other end of the foreign keys that a column is part of, on either side. */
export function tablesKeyedBy(schema: Schema, table: Table, name: string, column: string): readonly string[] {
  return [
    ...foreignKeysOn(table, column).flatMap(({ references }) => (references ? [references.table] : [])),
    ...table.referencedBy.filter((other) =>
      tableNamed(schema, other)?.constraints.some(
        ({ references }) => references?.table === name && refersTo(table, references.columns, column),
      ),
    ),
  ];
}

const foreignKeysOn = ({ constraints }: Table, column: string) =>
  constraints.filter(({ kind, columns }) => kind === "foreign key" && columns.includes(column));

const refersTo = (table: Table, columns: readonly string[], column: string): boolean =>
  columns.length > 0
    ? columns.includes(column)
    : table.constraints.some(({ kind, columns: key }) => kind === "primary key" && key.includes(column));
