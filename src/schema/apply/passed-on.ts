import { splitName, withRelation, withTable } from "../edit.ts";
import type { Place } from "../place.ts";
import { type Constraint, indexNamed, qualified, type Schema, type Table, tableNamed } from "../schema.ts";
import { isKey, keyFor } from "../table-parts.ts";
import { addConstraint } from "./constraints.ts";

/** A constraint of a parent as a new child has it: a check always, keys and foreign keys where it is a partition. */
export function inherited(child: string, constraint: Constraint, isPartition: boolean): readonly Constraint[] {
  if (constraint.kind !== "check" && !isPartition) return [];
  const made = isKey(constraint) ? keyFor(child, constraint) : constraint;
  return [{ ...made, partOf: constraint.name }];
}

/** The schema in which the children of a table have a constraint of it, too. */
export function passedOn(schema: Schema, name: string, constraint: Constraint, place: Place): Schema {
  const table = tableNamed(schema, name);
  return (table?.children ?? []).reduce(
    (current, child) => received(current, child, constraint, table?.variety === "partitioned", place),
    schema,
  );
}

/** The schema in which a table has a constraint of its parent: one of its own, where it is the same. */
export function received(
  schema: Schema,
  child: string,
  constraint: Constraint,
  isPartition: boolean,
  place: Place,
): Schema {
  const table = tableNamed(schema, child);
  const [own] = inherited(child, constraint, isPartition);
  if (!table || !own) return schema;
  const same = table.constraints.find((each) => each.partOf === undefined && areSame(each, constraint));
  if (same === undefined) {
    // A name that was given is kept, as long as it is free.
    const taken = own.kind === "foreign key" && table.constraints.some(({ name }) => name === own.name);
    const other = (place.newestMajor ?? 18) >= 18 ? { ...own, name: `${own.name}_1` } : keyFor(child, own);
    const added = addConstraint(schema, child, taken ? other : own, undefined, place);
    return passedOn(added, child, tableNamed(added, child)?.constraints.at(-1) ?? own, place);
  }
  return isPartition ? adopted(schema, table, same, constraint.name) : schema;
}

/** A partition's own constraint goes with that of its parent from now on. */
function adopted(schema: Schema, table: Table, own: Constraint, partOf: string): Schema {
  const name = qualified(table.schema, table.name);
  const result = withTable(schema, name, ({ constraints }) => ({
    constraints: constraints.map((each) => (each === own ? { ...each, partOf } : each)),
  }));
  const index = isKey(own) ? indexNamed(result, qualified(table.schema, own.name)) : undefined;
  const parent = table.partitionOf;
  return index && parent !== undefined
    ? withRelation(result, { ...index, partOf: qualified(splitName(parent)[0], partOf) })
    : result;
}

/** Between a primary key and a unique constraint over the same columns PostgreSQL makes no difference here. */
function areSame(one: Constraint, other: Constraint): boolean {
  if (one.kind === "check") return other.kind === "check" && one.name === other.name;
  const alike = (one.kind === other.kind || (isKey(one) && isKey(other))) && one.deferrable === other.deferrable;
  return alike && one.columns.join() === other.columns.join() && haveOneTarget(one.references, other.references);
}

/** Without columns a foreign key means the primary key. */
const haveOneTarget = (one: Constraint["references"], other: Constraint["references"]): boolean =>
  one?.table === other?.table &&
  (one?.columns.join() === other?.columns.join() || one?.columns.length === 0 || other?.columns.length === 0);

/** The schema in which the constraints of a table are its own, whatever becomes of its parent's. @param partOf only those that go with it */
export const standingAlone = (schema: Schema, table: string, partOf?: string): Schema =>
  withTable(schema, table, ({ constraints }) => ({
    constraints: constraints.map((each) => {
      const { partOf: of, ...alone } = each;
      return partOf === undefined || of === partOf ? alone : each;
    }),
  }));
