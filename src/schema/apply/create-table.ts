import { columnNamed, type Constraint as ConstraintNode, type CreateStmt, nameParts } from "../../sql/syntax.ts";
import { splitName, withRelation, withTable } from "../edit.ts";
import { newRelationName, relationName } from "../names.ts";
import { type Column, type Constraint, type Schema, type Table, tableNamed, withDescendants } from "../schema.ts";
import {
  columnOf,
  constraintNodes,
  constraintOf,
  inlineConstraints,
  isKey,
  keyFor,
  unknownTable,
} from "../table-parts.ts";
import type { Place } from "../place.ts";
import { addConstraints } from "./constraints.ts";
import { withIndexesOf } from "./index-of.ts";
import { inherited } from "./passed-on.ts";

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
  const existing = schema.relations.get(name);
  if (if_not_exists && existing && (place.complete || existing.created || tableNamed(schema, name)?.complete))
    return schema;
  // PostgreSQL makes nothing a child of its own.
  const below = withDescendants(schema, name);
  const parents = inhRelations
    .flatMap((node) => ("RangeVar" in node ? [relationName(schema, place.searchPath, node.RangeVar)] : []))
    .filter((parent) => !below.includes(parent));
  // A foreign key may point to the table itself.
  let visible: Schema | undefined;
  const referenced = ({ pktable }: ConstraintNode): string | undefined =>
    pktable &&
    relationName((visible ??= withRelation(schema, unknownTable(...splitName(name)))), place.searchPath, pktable);
  const keepsIdentity = partbound !== undefined && (place.newestMajor ?? 18) >= 17;
  const known = parents.flatMap((parent) => tableNamed(schema, parent) ?? []);
  const columns: Column[] = known.flatMap((parent) =>
    parent.columns.map((column) => ({ ...column, identity: column.identity && keepsIdentity })),
  );
  const constraints: Constraint[] = known.flatMap((parent) =>
    parent.constraints.flatMap((constraint) => inherited(name, constraint, partbound !== undefined)),
  );
  const copied: Table[] = partbound ? [...known] : [];
  let complete = true;
  for (const element of tableElts) {
    if ("ColumnDef" in element) {
      columns.push(columnOf(element.ColumnDef));
      constraints.push(...inlineConstraints(name, element.ColumnDef, referenced));
    } else if ("TableLikeClause" in element) {
      const { relation: source, options = 0 } = element.TableLikeClause;
      const model = source && tableNamed(schema, relationName(schema, place.searchPath, source));
      if (model?.complete) columns.push(...model.columns.map((column) => likeColumn(column, options)));
      else complete = false;
      if (!model) continue;
      if (options & like.constraints)
        constraints.push(...model.constraints.filter(({ kind }) => kind === "check").map(alone));
      if (options & like.indexes) {
        constraints.push(...model.constraints.filter(isKey).map((key) => alone(keyFor(name, key))));
        copied.push(model);
      }
    }
  }
  for (const node of constraintNodes([...tableElts, ...(statement.constraints ?? [])])) {
    const constraint = constraintOf(name, node, referenced(node));
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
  // There are no rows that would have to be looked at.
  const valid = withoutTwins(name, constraints).map((constraint) => ({ ...constraint, validated: true }));
  return copied.reduce(
    (current, source) => withIndexesOf(current, source, name, place),
    addConstraints(withParents, name, valid, place),
  );
}

/** Of a primary key and a unique constraint over the same columns PostgreSQL makes one, under the name that was given. */
function withoutTwins(table: string, constraints: readonly Constraint[]): readonly Constraint[] {
  const key = constraints.find(({ kind, partOf }) => kind === "primary key" && partOf === undefined);
  const twins = constraints.filter(
    ({ kind, columns, deferrable, partOf }) =>
      kind === "unique" &&
      partOf === undefined &&
      columns.join() === key?.columns.join() &&
      deferrable === key.deferrable,
  );
  if (!key || twins.length === 0) return constraints;
  const given = [key, ...twins].find((each) => each.name !== keyFor(table, each).name);
  return constraints
    .filter((each) => !twins.includes(each))
    .map((each) => (each === key ? { ...key, name: given?.name ?? key.name } : each));
}

const partitionKey = ({ partParams = [] }: NonNullable<CreateStmt["partspec"]>): NonNullable<Table["partitionKey"]> =>
  partParams.map((element) => ("PartitionElem" in element ? columnNamed(element.PartitionElem) : undefined));

function alone(constraint: Constraint): Constraint {
  const { partOf: _, ...rest } = constraint;
  return rest;
}

/** The bits of `LIKE … INCLUDING`, as the parser gives them. */
const like = { constraints: 4, defaults: 8, generated: 16, identity: 32, indexes: 64 };

/** A column as `LIKE` copies it: whether it may be null always, the rest where it says so. */
function likeColumn(source: Column, options: number): Column {
  const { generated, serial: _, ...column } = source;
  return {
    ...column,
    hasDefault: column.hasDefault && (options & like.defaults) !== 0,
    identity: column.identity && (options & like.identity) !== 0,
    ...(generated && options & like.generated ? { generated } : {}),
  };
}
