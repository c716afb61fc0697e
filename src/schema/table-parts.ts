import {
  type AlterTableCmd,
  type ColumnDef,
  type Constraint as ConstraintNode,
  nameParts,
  type Node,
} from "../sql/syntax.ts";
import { isNull, mentionedColumns } from "./expressions.ts";
import { columnType, isSerial } from "./names.ts";
import { freeObjectName, objectName } from "./object-name.ts";
import type { Column, Constraint, Table } from "./schema.ts";

/** A column as its definition says. */
export function columnOf({ colname = "", typeName, constraints = [], collClause }: ColumnDef): Column {
  const kinds = constraintNodes(constraints);
  const generated = kinds.find(({ contype }) => contype === "CONSTR_GENERATED");
  const identity = kinds.some(({ contype }) => contype === "CONSTR_IDENTITY");
  const collation = nameParts(collClause?.collname).join(".");
  const serial = isSerial(typeName);
  return {
    name: colname,
    ...(typeName ? { type: columnType(typeName) } : {}),
    notNull:
      identity || serial || kinds.some(({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY"),
    hasDefault: serial || kinds.some(({ contype, raw_expr }) => contype === "CONSTR_DEFAULT" && !isNull(raw_expr)),
    ...(generated ? { generated: generated.generated_kind === "v" ? ("virtual" as const) : ("stored" as const) } : {}),
    identity,
    ...(serial ? { serial } : {}),
    ...(collation ? { collation } : {}),
  };
}

/** The constraints that are written in a column's definition, without `NOT NULL`, which the column itself keeps. */
export function inlineConstraints(
  table: string,
  { colname = "", constraints }: ColumnDef,
  resolve: (constraint: ConstraintNode) => string | undefined,
): readonly Constraint[] {
  return constraintNodes(constraints).flatMap((node) => {
    const constraint = constraintOf(table, node, resolve(node), [colname]);
    return constraint && constraint.kind !== "not null" ? [constraint] : [];
  });
}

/**
 * A constraint as the model keeps it; `undefined` for what is none (defaults, identity).
 * `referenced` is the qualified name of the table that a foreign key points to.
 */
export function constraintOf(
  table: string,
  node: ConstraintNode,
  referenced: string | undefined,
  inlineColumns?: readonly string[],
): Constraint | undefined {
  const kind = constraintKinds[node.contype ?? "CONSTR_NULL"];
  if (!kind) return undefined;
  const columns =
    kind === "check"
      ? mentionedColumns(node.raw_expr)
      : kind === "exclude"
        ? exclusionColumns(node)
        : (inlineColumns ?? nameParts(kind === "foreign key" ? node.fk_attrs : node.keys));
  const bare = table.slice(table.lastIndexOf(".") + 1);
  return {
    name:
      node.conname ??
      defaultName(bare, kind, kind === "check" && !inlineColumns && columns.length !== 1 ? [] : columns),
    kind,
    columns,
    validated: !node.skip_validation && node.initially_valid !== false,
    deferrable: node.deferrable ?? false,
    ...(node.is_enforced || !canBeIgnored.has(kind) ? {} : { enforced: false as const }),
    ...(node.raw_expr ? { expression: node.raw_expr } : {}),
    ...(kind === "foreign key" && referenced !== undefined
      ? { references: { table: referenced, columns: nameParts(node.pk_attrs) } }
      : {}),
  };
}

const constraintKinds: Readonly<Record<string, Constraint["kind"]>> = {
  CONSTR_PRIMARY: "primary key",
  CONSTR_UNIQUE: "unique",
  CONSTR_CHECK: "check",
  CONSTR_FOREIGN: "foreign key",
  CONSTR_EXCLUSION: "exclude",
  CONSTR_NOTNULL: "not null",
};

/** Only these can be `NOT ENFORCED`. */
const canBeIgnored: ReadonlySet<Constraint["kind"]> = new Set(["check", "foreign key"]);

const suffixes: Readonly<Record<Constraint["kind"], string>> = {
  "primary key": "pkey",
  unique: "key",
  check: "check",
  "foreign key": "fkey",
  exclude: "excl",
  "not null": "not_null",
};

/** The name PostgreSQL gives a constraint that has none, unless it is taken. */
const defaultName = (table: string, kind: Constraint["kind"], columns: readonly string[]): string =>
  objectName(table, kind === "primary key" ? [] : columns, suffixes[kind]);

/** The constraint's name, or where that was made up, the first that a number makes free. */
export function freeConstraintName(
  table: string,
  { name, kind, columns }: Constraint,
  isTaken: (name: string) => boolean,
): string {
  const madeOf = [columns, []].find((parts) => objectName(table, parts, suffixes[kind]) === name);
  return madeOf === undefined ? name : freeObjectName(table, madeOf, suffixes[kind], isTaken);
}

/** Whether a constraint brings an index. */
export const isKey = ({ kind }: Constraint): boolean =>
  kind === "primary key" || kind === "unique" || kind === "exclude";

/** A key as another table gets it that is made like the first, under the name that PostgreSQL makes up for it there. */
export const keyFor = (table: string, key: Constraint): Constraint => ({
  ...key,
  name: defaultName(table.slice(table.lastIndexOf(".") + 1), key.kind, key.columns),
});

/** The constraints in a list of nodes; what a column's `NOT ENFORCED` stands behind is not enforced, and reads no row. */
export function constraintNodes(nodes: readonly Node[] | undefined): readonly ConstraintNode[] {
  const all = (nodes ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));
  if (!all.some(({ contype }) => contype === "CONSTR_ATTR_NOT_ENFORCED")) return all;
  return all.map((each, index) =>
    all[index + 1]?.contype === "CONSTR_ATTR_NOT_ENFORCED"
      ? { ...each, is_enforced: false, skip_validation: true }
      : each,
  );
}

/** What `ALTER CONSTRAINT` says of whether a constraint is `ENFORCED`; `undefined` where it says something else. */
export function enforcementIn({
  def,
}: AlterTableCmd): { readonly name: string; readonly isEnforced: boolean } | undefined {
  const {
    alterEnforceability,
    conname = "",
    is_enforced: isEnforced = false,
  } = def && "ATAlterConstraint" in def ? def.ATAlterConstraint : {};
  return alterEnforceability ? { name: conname, isEnforced } : undefined;
}

function exclusionColumns({ exclusions }: ConstraintNode): readonly string[] {
  return (exclusions ?? []).flatMap((pair) => {
    const element = "List" in pair ? pair.List.items?.[0] : undefined;
    return element && "IndexElem" in element && element.IndexElem.name ? [element.IndexElem.name] : [];
  });
}

/** A table of which nothing is known but its name. */
export function unknownTable(schema: string, name: string): Table {
  return {
    kind: "table",
    schema,
    name,
    variety: "ordinary",
    temporary: false,
    unlogged: false,
    complete: false,
    columns: [],
    constraints: [],
    isDefaultPartition: false,
    inherits: [],
    children: [],
    referencedBy: [],
    indexes: [],
    triggers: [],
    rowSecurity: false,
    policies: [],
  };
}

/** The columns with one of them changed. Of a table that was never seen created, only what is said of a column is known. */
export function withColumnChange(columns: readonly Column[], name: string, change: Partial<Column>): readonly Column[] {
  if (!columns.some((column) => column.name === name))
    return [...columns, { name, notNull: false, hasDefault: false, identity: false, ...change }];
  return columns.map((column) => (column.name === name ? { ...column, ...change } : column));
}
