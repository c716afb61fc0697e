import { columnNamed, type CreateStmt, nameParts } from "../../sql/syntax.ts";
import { splitName, withRelation, withTable } from "../edit.ts";
import { newRelationName, relationName } from "../names.ts";
import { type Column, type Constraint, type Schema, type Table, tableNamed } from "../schema.ts";
import { columnOf, constraintNodes, constraintOf, inlineConstraints, unknownTable } from "../table-parts.ts";
import type { Place } from "../place.ts";
import { addConstraints } from "./constraints.ts";

/** The schema after a `CREATE TABLE`. */
export function applyCreateTable(
  schema: Schema,
  statement: CreateStmt,
  place: Place,
  variety: Table["variety"] = statement.partspec ? "partitioned" : "ordinary",
): Schema {
  const { relation, tableElts = [], inhRelations = [], partbound, if_not_exists } = statement;
  if (!relation) return schema;
  const name = newRelationName(place.searchPath, relation);
  // Nothing happens to a table that is there; whether it is, only the server knows, so the model keeps what it has read.
  if (if_not_exists && tableNamed(schema, name)?.complete) return schema;
  const parents = inhRelations.flatMap((node) =>
    "RangeVar" in node ? [relationName(schema, place.searchPath, node.RangeVar)] : [],
  );
  const inherited = parents.flatMap((parent) => tableNamed(schema, parent)?.columns ?? []);
  const columns: Column[] = [...inherited];
  const constraints: Constraint[] = parents.flatMap((parent) =>
    (tableNamed(schema, parent)?.constraints ?? []).filter(({ kind }) => kind === "check"),
  );
  let complete = true;
  for (const element of tableElts) {
    if ("ColumnDef" in element) {
      columns.push(columnOf(element.ColumnDef));
      constraints.push(
        ...inlineConstraints(
          name,
          element.ColumnDef,
          ({ pktable }) => pktable && relationName(schema, place.searchPath, pktable),
        ),
      );
    } else if ("TableLikeClause" in element) {
      const source = element.TableLikeClause.relation;
      const known = source && tableNamed(schema, relationName(schema, place.searchPath, source));
      if (known?.complete) columns.push(...known.columns);
      else complete = false;
    }
  }
  for (const node of constraintNodes([...tableElts, ...(statement.constraints ?? [])])) {
    const { pktable } = node;
    const constraint = constraintOf(name, node, pktable && relationName(schema, place.searchPath, pktable));
    if (constraint) constraints.push(constraint);
  }
  const keys = new Set(constraints.filter(({ kind }) => kind === "primary key").flatMap(({ columns: key }) => key));
  const [ownSchema, bare] = splitName(name);
  const partitionOf = partbound ? parents[0] : undefined;
  const table: Table = {
    ...unknownTable(ownSchema, bare),
    variety,
    ...(statement.partspec ? { partitionKey: partitionKey(statement.partspec) } : {}),
    temporary: relation.relpersistence === "t",
    unlogged: relation.relpersistence === "u",
    complete:
      complete &&
      parents.every((parent) => tableNamed(schema, parent)?.complete) &&
      !nameParts(statement.ofTypename?.names).length,
    columns: columns.map((column) => (keys.has(column.name) ? { ...column, notNull: true } : column)),
    isDefaultPartition: partbound?.is_default ?? false,
    ...(partitionOf === undefined ? { inherits: parents } : { partitionOf }),
    ...(if_not_exists && !place.complete ? {} : { created: { migration: place.migration } }),
  };
  const withParents = parents.reduce(
    (current, parent) =>
      withTable(current, parent, ({ children, variety: kind }) => ({
        children: [...children, name],
        variety: partitionOf === undefined ? kind : "partitioned",
      })),
    withRelation(schema, table),
  );
  return addConstraints(withParents, name, constraints, place);
}

const partitionKey = ({ partParams = [] }: NonNullable<CreateStmt["partspec"]>): NonNullable<Table["partitionKey"]> =>
  partParams.map((element) => ("PartitionElem" in element ? columnNamed(element.PartitionElem) : undefined));
