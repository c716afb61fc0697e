import {
  type AlterTableCmd,
  type AlterTableStmt,
  type Constraint as ConstraintNode,
  type IndexStmt,
  nameParts,
} from "../sql/syntax.ts";
import type { Place } from "./apply.ts";
import { withIndex, withoutRelation, withTable, splitName } from "./edit.ts";
import { columnType, relationName } from "./names.ts";
import {
  type Column,
  type Constraint,
  indexNamed,
  qualified,
  type Schema,
  type Table,
  tableNamed,
  withDescendants,
} from "./schema.ts";
import { calledFunctions, columnOf, constraintOf, inlineConstraints, isNull, mentionedColumns } from "./table-parts.ts";

/** The schema after an `ALTER TABLE`. */
export function applyAlterTable(schema: Schema, { relation, cmds }: AlterTableStmt, place: Place): Schema {
  if (!relation) return schema;
  const name = relationName(schema, place.searchPath, relation);
  const existing = schema.relations.get(name);
  if (existing && existing.kind !== "table") return schema;
  return (cmds ?? []).reduce(
    (current, node) =>
      "AlterTableCmd" in node ? applyCommand(current, name, node.AlterTableCmd, relation.inh ?? false, place) : current,
    withTable(schema, name, () => ({})),
  );
}

function applyCommand(schema: Schema, name: string, command: AlterTableCmd, recurses: boolean, place: Place): Schema {
  const column = command.name ?? "";
  const everywhere = (change: (table: Table) => Partial<Table>): Schema =>
    (recurses ? withDescendants(schema, name) : [name]).reduce(
      (current, table) => withTable(current, table, change),
      schema,
    );
  const setColumn = (change: Partial<Column>): Schema =>
    everywhere(({ columns }) => ({ columns: changeColumn(columns, column, change) }));
  const def = command.def;

  switch (command.subtype) {
    case "AT_AddColumn": {
      if (!def || !("ColumnDef" in def)) return schema;
      const added = { ...columnOf(def.ColumnDef), added: { migration: place.migration } };
      if (tableNamed(schema, name)?.columns.some((known) => known.name === added.name)) return schema;
      const withColumn = everywhere(({ columns }) => ({ columns: [...columns, added] }));
      return addConstraints(
        withColumn,
        name,
        inlineConstraints(name, def.ColumnDef, (node) => referenced(schema, node, place)),
        place,
      );
    }
    case "AT_DropColumn":
      return dropColumn(
        everywhere(({ columns }) => ({ columns: columns.filter((known) => known.name !== column) })),
        name,
        column,
      );
    case "AT_ColumnDefault":
      return setColumn({ hasDefault: def !== undefined && !isNull(def) });
    case "AT_SetNotNull":
      return setColumn({ notNull: true });
    case "AT_DropNotNull":
      return setColumn({ notNull: false });
    case "AT_AddIdentity":
      return setColumn({ identity: true });
    case "AT_DropIdentity":
      return setColumn({ identity: false });
    case "AT_DropExpression":
      return everywhere(({ columns }) => ({
        columns: columns.map((known) => (known.name === column ? withoutGenerated(known) : known)),
      }));
    case "AT_AlterColumnType": {
      if (!def || !("ColumnDef" in def) || !def.ColumnDef.typeName) return schema;
      const collation = nameParts(def.ColumnDef.collClause?.collname).join(".");
      return setColumn({ type: columnType(def.ColumnDef.typeName), ...(collation ? { collation } : {}) });
    }
    case "AT_AddConstraint": {
      if (!def || !("Constraint" in def)) return schema;
      if (def.Constraint.contype === "CONSTR_NOTNULL")
        return nameParts(def.Constraint.keys).reduce(
          (current, key) =>
            withTable(current, name, ({ columns, constraints }) =>
              def.Constraint.skip_validation
                ? {
                    constraints: [
                      ...constraints,
                      ...(constraintOf(name, def.Constraint, undefined)
                        ? [constraintOf(name, def.Constraint, undefined) as Constraint]
                        : []),
                    ],
                  }
                : { columns: changeColumn(columns, key, { notNull: true }) },
            ),
          schema,
        );
      const constraint = constraintOf(name, def.Constraint, referenced(schema, def.Constraint, place));
      return constraint ? addConstraint(schema, name, constraint, def.Constraint.indexname, place) : schema;
    }
    case "AT_ValidateConstraint":
      return withTable(schema, name, ({ constraints, columns }) => {
        const validated = constraints.find((constraint) => constraint.name === column);
        return {
          constraints: constraints.map((constraint) =>
            constraint.name === column ? { ...constraint, validated: true } : constraint,
          ),
          ...(validated?.kind === "not null"
            ? { columns: validated.columns.reduce((all, key) => changeColumn(all, key, { notNull: true }), columns) }
            : {}),
        };
      });
    case "AT_DropConstraint":
      return dropConstraint(schema, name, column);
    case "AT_SetLogged":
    case "AT_SetUnLogged":
      return withTable(schema, name, () => ({ unlogged: command.subtype === "AT_SetUnLogged" }));
    case "AT_EnableRowSecurity":
    case "AT_DisableRowSecurity":
      return withTable(schema, name, () => ({ rowSecurity: command.subtype === "AT_EnableRowSecurity" }));
    case "AT_AttachPartition":
    case "AT_DetachPartition":
    case "AT_DetachPartitionFinalize": {
      if (!def || !("PartitionCmd" in def) || !def.PartitionCmd.name) return schema;
      const child = relationName(schema, place.searchPath, def.PartitionCmd.name);
      if (indexNamed(schema, child)) return schema;
      const attached = command.subtype === "AT_AttachPartition";
      const isDefault = attached && (def.PartitionCmd.bound?.is_default ?? false);
      const changed = withTable(schema, child, (table) => {
        const { partitionOf: _, ...rest } = table;
        return attached ? { partitionOf: name, isDefaultPartition: isDefault } : { ...rest, isDefaultPartition: false };
      });
      return withTable(attached ? changed : detach(changed, child), name, ({ children }) => ({
        children: attached ? [...children, child] : children.filter((other) => other !== child),
        variety: "partitioned",
      }));
    }
    case "AT_AddInherit":
    case "AT_DropInherit": {
      if (!def || !("RangeVar" in def)) return schema;
      const parent = relationName(schema, place.searchPath, def.RangeVar);
      const inherits = command.subtype === "AT_AddInherit";
      const changed = withTable(schema, name, (table) => ({
        inherits: inherits ? [...table.inherits, parent] : table.inherits.filter((other) => other !== parent),
      }));
      return withTable(changed, parent, ({ children }) => ({
        children: inherits ? [...children, name] : children.filter((other) => other !== name),
      }));
    }
    default:
      return schema;
  }
}

function detach(schema: Schema, child: string): Schema {
  const table = tableNamed(schema, child);
  if (!table) return schema;
  const { partitionOf: _, ...rest } = table;
  return { ...schema, relations: schema.relations.set(child, { ...rest, isDefaultPartition: false }) };
}

/** The schema after constraints that came with a table or a column. */
export function addConstraints(schema: Schema, name: string, constraints: readonly Constraint[], place: Place): Schema {
  return constraints.reduce(
    (current, constraint) => addConstraint(current, name, constraint, undefined, place),
    schema,
  );
}

function addConstraint(
  schema: Schema,
  name: string,
  constraint: Constraint,
  usingIndex: string | undefined,
  place: Place,
): Schema {
  const [ownSchema] = splitName(name);
  const index = usingIndex === undefined ? undefined : indexNamed(schema, qualified(ownSchema, usingIndex));
  const columns = index ? index.columns.flatMap((column) => column ?? []) : constraint.columns;
  const whole = { ...constraint, columns };
  let result = withTable(schema, name, (table) => ({
    constraints: [...table.constraints, whole],
    ...(constraint.kind === "primary key"
      ? { columns: columns.reduce((all, column) => changeColumn(all, column, { notNull: true }), table.columns) }
      : {}),
  }));
  if (constraint.references && constraint.references.table !== name)
    result = withTable(result, constraint.references.table, ({ referencedBy }) => ({
      referencedBy: [...referencedBy, name],
    }));
  if (constraint.kind !== "primary key" && constraint.kind !== "unique" && constraint.kind !== "exclude") return result;
  const owned = {
    kind: "index" as const,
    schema: ownSchema,
    name: constraint.name,
    table: name,
    columns,
    unique: constraint.kind !== "exclude",
    partial: false,
    mentions: [],
    calls: [],
    method: constraint.kind === "exclude" ? "gist" : "btree",
    ofConstraint: true,
    created: { migration: place.migration },
  };
  return withIndex(index ? withoutRelation(result, qualified(ownSchema, index.name)) : result, owned);
}

function dropConstraint(schema: Schema, name: string, constraintName: string): Schema {
  const constraint = tableNamed(schema, name)?.constraints.find((candidate) => candidate.name === constraintName);
  if (!constraint) return schema;
  let result = withTable(schema, name, ({ constraints }) => ({
    constraints: constraints.filter((other) => other !== constraint),
  }));
  const index = qualified(splitName(name)[0], constraintName);
  if (indexNamed(result, index)?.ofConstraint) result = withoutRelation(result, index);
  const target = constraint.references?.table;
  return target !== undefined && tableNamed(result, target)
    ? withTable(result, target, ({ referencedBy }) => ({
        referencedBy: referencedBy.toSpliced(referencedBy.indexOf(name), 1),
      }))
    : result;
}

/** What PostgreSQL drops with a column: constraints and indexes that include it. */
function dropColumn(schema: Schema, name: string, column: string): Schema {
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

function changeColumn(columns: readonly Column[], name: string, change: Partial<Column>): readonly Column[] {
  // Of a table that was never seen created, only what is said of a column is known.
  if (!columns.some((column) => column.name === name))
    return [...columns, { name, notNull: false, hasDefault: false, identity: false, ...change }];
  return columns.map((column) => (column.name === name ? { ...column, ...change } : column));
}

function withoutGenerated(column: Column): Column {
  const { generated: _, ...rest } = column;
  return rest;
}

function referenced(schema: Schema, { pktable }: ConstraintNode, { searchPath }: Place): string | undefined {
  return pktable ? relationName(schema, searchPath, pktable) : undefined;
}

/** An index as the model keeps it. */
export function indexOf(schema: Schema, statement: IndexStmt, place: Place) {
  const { relation, idxname, indexParams = [], unique, whereClause, if_not_exists } = statement;
  if (!relation) return undefined;
  const table = relationName(schema, place.searchPath, relation);
  const [ownSchema, bare] = splitName(table);
  const columns = indexParams.map((element) => ("IndexElem" in element ? element.IndexElem.name : undefined));
  const name = idxname ?? [bare, ...columns.map((column) => column ?? "expr"), "idx"].join("_");
  return {
    kind: "index" as const,
    schema: ownSchema,
    name,
    table,
    columns,
    unique: unique ?? false,
    partial: whereClause !== undefined,
    mentions: mentionedColumns([indexParams, whereClause]),
    calls: calledFunctions([indexParams, whereClause]),
    method: statement.accessMethod ?? "btree",
    ofConstraint: false,
    ...(if_not_exists && !place.complete ? {} : { created: { migration: place.migration } }),
  };
}
