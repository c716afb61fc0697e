import { nameParts, type RangeVar } from "../../sql/syntax.ts";
import { splitName } from "../edit.ts";
import { columnType, objectNameOf } from "../names.ts";
import type { Place } from "../place.ts";
import { type NamedType, qualified, type Schema } from "../schema.ts";
import { constraintNodes } from "../table-parts.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What the statements about types do. */
export const applyType = {
  CreateEnumStmt: (schema, { typeName, vals }, place) =>
    withType(schema, nameParts(typeName), place, { kind: "enum", values: nameParts(vals) }),
  CompositeTypeStmt: (schema, { typevar }, place) =>
    typevar ? withType(schema, rangeParts(typevar), place, { kind: "composite" }) : schema,
  CreateRangeStmt: (schema, { typeName }, place) => withType(schema, nameParts(typeName), place, { kind: "range" }),
  CreateDomainStmt: (schema, { domainname, typeName, constraints }, place) =>
    withType(schema, nameParts(domainname), place, {
      kind: "domain",
      ...(typeName ? { base: columnType(typeName) } : {}),
      constrained: constraintNodes(constraints).some(
        ({ contype }) => contype === "CONSTR_CHECK" || contype === "CONSTR_NOTNULL",
      ),
    }),
  AlterDomainStmt: (schema, { typeName, subtype }, place) =>
    // C: add a constraint, O: set not null.
    subtype === "C" || subtype === "O"
      ? changeType(schema, nameParts(typeName), place, () => ({ kind: "domain", constrained: true }))
      : schema,
  AlterEnumStmt: (schema, { typeName, oldVal, newVal = "" }, place) =>
    changeType(schema, nameParts(typeName), place, ({ values, addedValues }) =>
      oldVal === undefined
        ? {
            values: [...values, newVal],
            addedValues: [...addedValues, { value: newVal, transaction: place.transaction }],
          }
        : { values: values.map((value) => (value === oldVal ? newVal : value)) },
    ),
} satisfies ApplyTable;

function withType(
  schema: Schema,
  parts: readonly string[],
  { searchPath, migration }: Place,
  what: Partial<NamedType> & Pick<NamedType, "kind">,
): Schema {
  const [ownSchema, name] = [parts.at(-2) ?? searchPath[0] ?? "public", parts.at(-1) ?? ""];
  const type = { schema: ownSchema, name, ...nothing, created: { migration }, ...what };
  return { ...schema, types: schema.types.set(qualified(ownSchema, name), type) };
}

/** Of a type that was never seen made, only what is said of it is known. */
function changeType(
  schema: Schema,
  parts: readonly string[],
  { searchPath }: Place,
  edit: (type: NamedType) => Partial<NamedType>,
): Schema {
  const qualifiedName = objectNameOf(schema.types, searchPath, parts);
  const [ownSchema, name] = splitName(qualifiedName);
  const type = schema.types.get(qualifiedName) ?? { kind: "enum", schema: ownSchema, name, ...nothing };
  return { ...schema, types: schema.types.set(qualifiedName, { ...type, ...edit(type) }) };
}

const nothing = { values: [], addedValues: [], constrained: false };

const rangeParts = ({ schemaname, relname = "" }: RangeVar): readonly string[] =>
  schemaname === undefined ? [relname] : [schemaname, relname];
