import type { Constraint as ConstraintNode } from "../../sql/syntax.ts";
import { splitName, withIndex, withoutRelation, withTable } from "../edit.ts";
import { relationName } from "../names.ts";
import type { Place } from "../place.ts";
import { type Constraint, indexNamed, qualified, type Schema, tableNamed } from "../schema.ts";
import { freeConstraintName, isKey, withColumnChange } from "../table-parts.ts";

/** The table that a foreign key refers to, by its qualified name; `undefined` for any other constraint. */
export function referencedBy(schema: Schema, { pktable }: ConstraintNode, { searchPath }: Place): string | undefined {
  return pktable ? relationName(schema, searchPath, pktable) : undefined;
}

/** The schema after constraints that came with a table or a column. */
export function addConstraints(schema: Schema, name: string, constraints: readonly Constraint[], place: Place): Schema {
  return constraints.reduce(
    (current, constraint) => addConstraint(current, name, constraint, undefined, place),
    schema,
  );
}

/** The schema after one constraint, with the index that it brings. @param usingIndex the bare name of the index that it takes over */
export function addConstraint(
  schema: Schema,
  name: string,
  constraint: Constraint,
  usingIndex: string | undefined,
  place: Place,
): Schema {
  const [ownSchema] = splitName(name);
  const index = usingIndex === undefined ? undefined : indexNamed(schema, qualified(ownSchema, usingIndex));
  const columns = index ? index.columns.flatMap((column) => column ?? []) : constraint.columns;
  const whole = { ...constraint, columns, ...(index ? {} : { name: freeName(schema, name, constraint) }) };
  let result = withTable(schema, name, (table) => ({
    constraints: [...table.constraints, whole],
    ...(constraint.kind === "primary key"
      ? { columns: columns.reduce((all, column) => withColumnChange(all, column, { notNull: true }), table.columns) }
      : {}),
  }));
  if (constraint.references && constraint.references.table !== name)
    result = withTable(result, constraint.references.table, (table) => ({
      referencedBy: [...table.referencedBy, name],
    }));
  if (!isKey(constraint)) return result;
  const parent = constraint.partOf === undefined ? undefined : tableNamed(schema, name)?.partitionOf;
  return withIndex(index ? withoutRelation(result, qualified(ownSchema, index.name)) : result, {
    kind: "index",
    schema: ownSchema,
    name: whole.name,
    table: name,
    columns,
    unique: constraint.kind !== "exclude",
    partial: false,
    mentions: [],
    calls: [],
    method: constraint.kind === "exclude" ? "gist" : "btree",
    ofConstraint: true,
    ...(parent === undefined ? {} : { partOf: qualified(splitName(parent)[0], constraint.partOf ?? "") }),
    created: { migration: place.migration },
  });
}

/** The schema without a constraint of a table, without the index that it owns, and without what its children have of it. */
export function dropConstraint(schema: Schema, name: string, constraintName: string): Schema {
  const table = tableNamed(schema, name);
  const constraint = table?.constraints.find((candidate) => candidate.name === constraintName);
  if (!table || !constraint) return schema;
  const below = table.children.reduce(
    (current, child) =>
      (tableNamed(current, child)?.constraints ?? [])
        .filter(({ partOf }) => partOf === constraintName)
        .reduce((each, part) => dropConstraint(each, child, part.name), current),
    schema,
  );
  let result = withTable(below, name, ({ constraints }) => ({
    constraints: constraints.filter((other) => other !== constraint),
  }));
  const index = qualified(splitName(name)[0], constraintName);
  if (isKey(constraint) && indexNamed(result, index)?.table === name) result = withoutRelation(result, index);
  const target = constraint.references?.table;
  return target !== undefined && tableNamed(result, target)
    ? withTable(result, target, (table) => ({
        referencedBy: table.referencedBy.toSpliced(table.referencedBy.indexOf(name), 1),
      }))
    : result;
}

/** The constraint's name; with a number where PostgreSQL made it up and it is taken. One that was given is never taken. */
function freeName(schema: Schema, table: string, constraint: Constraint): string {
  const [ownSchema, bare] = splitName(table);
  const others = new Set(tableNamed(schema, table)?.constraints.map(({ name }) => name));
  return freeConstraintName(
    bare,
    constraint,
    (name) => others.has(name) || (isKey(constraint) && schema.relations.has(qualified(ownSchema, name))),
  );
}
