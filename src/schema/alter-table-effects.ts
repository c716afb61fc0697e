import type { LockMode } from "../postgres/lock-modes.ts";
import {
  type AlterTableCmd,
  type AlterTableStmt,
  type ColumnDef,
  nameParts,
  type Node,
  type RangeVar,
} from "../sql/syntax.ts";
import type { Place } from "./apply.ts";
import { splitName } from "./edit.ts";
import type { EffectCollector } from "./effects.ts";
import { columnType, isSerial, relationName } from "./names.ts";
import { indexNamed, qualified, type Schema, type Table, tableNamed, withDescendants } from "./schema.ts";
import { constraintNodes, constraintOf, isNull, provenNotNull, unknownTable } from "./table-parts.ts";
import { classifyTypeChange, domainOf, type TypeChange } from "./type-change.ts";
import { volatilityOf } from "./volatility.ts";

/** The effects of an `ALTER TABLE`, all its parts together: it takes the strongest lock that one of them needs, at once. */
export function alterTableEffects(
  schema: Schema,
  { relation, cmds = [], objtype }: AlterTableStmt,
  place: Place,
  to: EffectCollector,
): void {
  if (!relation) return;
  const name = relationName(schema, place.searchPath, relation);
  if (
    objtype === "OBJECT_SEQUENCE" ||
    objtype === "OBJECT_TYPE" ||
    objtype === "OBJECT_INDEX" ||
    indexNamed(schema, name)
  )
    return;
  const commands = cmds.flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []));
  // Checks that the same statement drops prove nothing any more when the rows are looked at.
  const dropped = new Set(
    commands.filter(({ subtype }) => subtype === "AT_DropConstraint").map((command) => command.name),
  );
  for (const command of commands) {
    const alone = onlyItself.has(command.subtype ?? "AT_AddColumn") || !relation.inh;
    const tables = alone ? [name] : withDescendants(schema, name);
    const mode = commandMode(command);
    for (const table of tables) {
      to.lock(table, mode);
      const known = tableNamed(schema, table) ?? unknownTable(...splitName(table));
      const remaining = {
        ...known,
        constraints: known.constraints.filter((constraint) => !dropped.has(constraint.name)),
      };
      commandEffects(schema, table, remaining, command, place, to);
    }
  }
}

/** Commands that do not go down to partitions and inheriting tables. */
const onlyItself = new Set<string>([
  "AT_AttachPartition",
  "AT_DetachPartition",
  "AT_DetachPartitionFinalize",
  "AT_AddInherit",
  "AT_DropInherit",
  "AT_SetLogged",
  "AT_SetUnLogged",
  "AT_SetTableSpace",
  "AT_SetAccessMethod",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_ReplicaIdentity",
  "AT_EnableRowSecurity",
  "AT_DisableRowSecurity",
  "AT_ForceRowSecurity",
  "AT_NoForceRowSecurity",
  "AT_ClusterOn",
  "AT_DropCluster",
  "AT_ChangeOwner",
  "AT_AddOf",
  "AT_DropOf",
]);

const lighter: Readonly<Record<string, LockMode>> = {
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
};

const heavyOptions = new Set(["user_catalog_table", "security_barrier", "security_invoker", "check_option"]);

/** The lock that one command of an `ALTER TABLE` takes on its table. */
function commandMode({ subtype = "AT_AddColumn", def }: AlterTableCmd): LockMode {
  if (subtype === "AT_AddConstraint")
    return def && "Constraint" in def && def.Constraint.contype === "CONSTR_FOREIGN"
      ? "SHARE ROW EXCLUSIVE"
      : "ACCESS EXCLUSIVE";
  if (subtype === "AT_DetachPartition")
    return def && "PartitionCmd" in def && def.PartitionCmd.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
  if (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") {
    const options = def && "List" in def ? (def.List.items ?? []) : [];
    const heavy = options.some((option) => "DefElem" in option && heavyOptions.has(option.DefElem.defname ?? ""));
    return heavy ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
  }
  return lighter[subtype] ?? "ACCESS EXCLUSIVE";
}

function commandEffects(
  schema: Schema,
  name: string,
  table: Table,
  command: AlterTableCmd,
  place: Place,
  to: EffectCollector,
): void {
  const { searchPath } = place;
  const { def } = command;
  const column = command.name ?? "";
  const isPartitioned = table.variety === "partitioned";
  const scan = (): void => {
    if (!isPartitioned) to.scan(name);
  };
  const rewrite = (): void => {
    if (isPartitioned) return;
    to.rewrite(name);
    to.scan(name);
  };
  switch (command.subtype) {
    case "AT_AddColumn": {
      if (!def || !("ColumnDef" in def)) return;
      if (table.columns.some((known) => known.name === def.ColumnDef.colname)) return;
      const why = columnRewrite(schema, def.ColumnDef, place);
      if (why) rewrite();
      if (why?.kind === "unknown function") to.unsure();
      const value = defaultOf(def.ColumnDef);
      for (const { contype, pktable, raw_expr: _ } of constraintNodes(def.ColumnDef.constraints)) {
        if (contype === "CONSTR_CHECK" || contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY") scan();
        if (contype === "CONSTR_NOTNULL" && !value && !isSerial(def.ColumnDef.typeName)) scan();
        if (contype === "CONSTR_FOREIGN" && pktable) {
          lockReferenced(schema, pktable, place, to);
          if (value) scan();
        }
      }
      return;
    }
    case "AT_SetNotNull":
      if (!provenNotNull(table, column)) scan();
      return;
    case "AT_AlterColumnType": {
      const change = typeChangeOf(schema, table, command, place);
      const isUtc = change === "time zone" && isUtcZone(place.timeZone);
      if (change === "rewrite" || change === "unknown" || (change === "time zone" && !isUtc)) rewrite();
      if (change === "unknown" || (change === "time zone" && place.timeZone === undefined)) to.unsure();
      const rebuilt = isUtc || (change === "none" && changesCollation(table, command));
      if (rebuilt && indexesOn(schema, table, column).length > 0) scan();
      if (change === "none" && recheckedOnTypeChange(table, column).length > 0) scan();
      for (const { references } of foreignKeysOn(table, column))
        if (references) to.lock(references.table, "ACCESS EXCLUSIVE");
      for (const other of table.referencedBy)
        if (
          tableNamed(schema, other)?.constraints.some(
            ({ references }) => references?.table === name && refersTo(table, references.columns, column),
          )
        )
          to.lock(other, "ACCESS EXCLUSIVE");
      return;
    }
    case "AT_AddConstraint": {
      if (!def || !("Constraint" in def)) return;
      const { contype, pktable, skip_validation: notValid, indexname, is_enforced } = def.Constraint;
      if (contype === "CONSTR_FOREIGN") {
        if (pktable) lockReferenced(schema, pktable, place, to);
        if (!notValid && is_enforced !== false) scan();
        return;
      }
      if (indexname !== undefined) {
        const index = indexNamed(schema, qualified(splitName(name)[0], indexname));
        const nullable = index ? index.columns.some((key) => key !== undefined && !provenNotNull(table, key)) : true;
        if (contype === "CONSTR_PRIMARY" && nullable) scan();
        if (contype === "CONSTR_PRIMARY" && !index) to.unsure();
        return;
      }
      if (
        contype === "CONSTR_NOTNULL" &&
        constraintOf(name, def.Constraint, undefined)?.columns.every((key) => provenNotNull(table, key))
      )
        return;
      if (!notValid) scan();
      return;
    }
    case "AT_ValidateConstraint": {
      const constraint = table.constraints.find((candidate) => candidate.name === column);
      if (!constraint?.validated) scan();
      return;
    }
    case "AT_DropConstraint": {
      // The statement's own drops are not in `table` any more.
      const target = tableNamed(schema, name)?.constraints.find((candidate) => candidate.name === column)?.references
        ?.table;
      if (target !== undefined) to.lock(target, "ACCESS EXCLUSIVE");
      return;
    }
    case "AT_DropColumn":
      for (const { references } of foreignKeysOn(table, column))
        if (references) to.lock(references.table, "ACCESS EXCLUSIVE");
      return;
    case "AT_SetLogged":
      if (table.unlogged || !table.complete) rewrite();
      return;
    case "AT_SetUnLogged":
      if (!table.unlogged) rewrite();
      return;
    case "AT_SetAccessMethod":
      return rewrite();
    case "AT_SetTableSpace":
      if (!isPartitioned) to.rewrite(name);
      return;
    case "AT_SetExpression": {
      const kind = table.columns.find((known) => known.name === column)?.generated;
      if (kind !== "virtual") rewrite();
      return;
    }
    case "AT_AddInherit":
    case "AT_DropInherit":
      if (def && "RangeVar" in def) to.lock(relationName(schema, searchPath, def.RangeVar), "SHARE UPDATE EXCLUSIVE");
      return;
    case "AT_AttachPartition":
    case "AT_DetachPartition":
    case "AT_DetachPartitionFinalize":
      return partitionEffects(schema, table, command, place, to);
    default:
      return;
  }
}

function partitionEffects(
  schema: Schema,
  parent: Table,
  command: AlterTableCmd,
  { searchPath }: Place,
  to: EffectCollector,
): void {
  const { def } = command;
  if (!def || !("PartitionCmd" in def) || !def.PartitionCmd.name) return;
  const child = relationName(schema, searchPath, def.PartitionCmd.name);
  if (indexNamed(schema, child)) return;
  const concurrent = def.PartitionCmd.concurrent ?? false;
  for (const each of withDescendants(schema, child))
    to.lock(each, concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
  const standIn = parent.children.filter(
    (sibling) => sibling !== child && tableNamed(schema, sibling)?.isDefaultPartition,
  );
  if (!concurrent)
    for (const sibling of standIn) {
      to.lock(sibling, "ACCESS EXCLUSIVE");
      if (command.subtype === "AT_AttachPartition") to.scan(sibling);
    }
  if (command.subtype !== "AT_AttachPartition") return;
  for (const { references } of parent.constraints) if (references) to.lock(references.table, "SHARE ROW EXCLUSIVE");
  if (def.PartitionCmd.bound?.is_default && parent.children.length === 0) return;
  if (tableNamed(schema, child)?.variety !== "partitioned" && !boundMayBeImplied(schema, child)) to.scan(child);
}

/** Whether the table has a validated check, which may be what spares the scan. Whether it is, only the server can say. */
function boundMayBeImplied(schema: Schema, child: string): boolean {
  return tableNamed(schema, child)?.constraints.some(({ kind, validated }) => kind === "check" && validated) ?? false;
}

function lockReferenced(schema: Schema, pktable: RangeVar, { searchPath }: Place, to: EffectCollector): void {
  for (const each of withDescendants(schema, relationName(schema, searchPath, pktable)))
    to.lock(each, "SHARE ROW EXCLUSIVE");
}

/** Why adding a column writes the whole table again. */
export type ColumnRewrite =
  | { readonly kind: "volatile default"; readonly function: string }
  | { readonly kind: "unknown function"; readonly function: string }
  | { readonly kind: "serial" | "identity" | "generated" }
  | { readonly kind: "domain"; readonly type: string };

/** Whether adding this column rewrites the table, and why; `undefined` when it only changes the catalog. */
export function columnRewrite(
  schema: Schema,
  definition: ColumnDef,
  { searchPath }: Pick<Place, "searchPath">,
): ColumnRewrite | undefined {
  const constraints = constraintNodes(definition.constraints);
  if (isSerial(definition.typeName)) return { kind: "serial" };
  if (constraints.some(({ contype }) => contype === "CONSTR_IDENTITY")) return { kind: "identity" };
  const generated = constraints.find(({ contype }) => contype === "CONSTR_GENERATED");
  if (generated) return generated.generated_kind === "v" ? undefined : { kind: "generated" };
  const value = defaultOf(definition);
  const volatility = volatilityOf(value, schema, searchPath);
  if (volatility.kind === "volatile") return { kind: "volatile default", function: volatility.function };
  const type = definition.typeName && columnType(definition.typeName);
  if (type && domainOf(schema, searchPath, type)?.constrained) return { kind: "domain", type: type.name };
  if (volatility.kind === "unknown") return { kind: "unknown function", function: volatility.function };
  return undefined;
}

/** The default that a column definition gives, unless it is NULL. */
export function defaultOf({ constraints }: ColumnDef): Node | undefined {
  const value = constraintNodes(constraints).find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
  return value && !isNull(value) ? value : undefined;
}

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

const foreignKeysOn = ({ constraints }: Table, column: string) =>
  constraints.filter(({ kind, columns }) => kind === "foreign key" && columns.includes(column));

const refersTo = (table: Table, columns: readonly string[], column: string): boolean =>
  columns.length > 0
    ? columns.includes(column)
    : table.constraints.some(({ kind, columns: key }) => kind === "primary key" && key.includes(column));

/** Whether a time zone, as `SET TimeZone` names it, is UTC. */
export const isUtcZone = (timeZone: string | undefined): boolean =>
  timeZone !== undefined && /^(utc|etc\/utc|gmt|etc\/gmt|zulu|0)$/i.test(timeZone);

/** Whether a change of type names another collation than the column is known to have. */
export function changesCollation(table: Table, { name, def }: AlterTableCmd): boolean {
  const wanted = def && "ColumnDef" in def ? nameParts(def.ColumnDef.collClause?.collname).join(".") : "";
  return wanted !== "" && table.columns.find((column) => column.name === name)?.collation !== wanted;
}

/** The indexes that have the column as a key. */
export function indexesOn(schema: Schema, { indexes }: Table, column: string): readonly string[] {
  return indexes.filter((index) => indexNamed(schema, index)?.columns.includes(column));
}
