import { identifierText } from "../sql/identifier-text.ts";
import { nameParts, type Node, type RangeVar, type TypeName } from "../sql/syntax.ts";
import { type ColumnType, qualified, type Schema } from "./schema.ts";

/** The schemas that names without one are looked up in, in order. */
export type SearchPath = readonly string[];

/** PostgreSQL's default, for a role that has no schema of its own name. */
export const defaultSearchPath: SearchPath = ["public"];

/** The qualified name a relation is known by: where it is found along the path, else where it would be created. */
export function relationName(
  schema: Schema,
  path: SearchPath,
  { schemaname, relname = "", relpersistence }: Pick<RangeVar, "schemaname" | "relname" | "relpersistence">,
): string {
  if (schemaname !== undefined) return qualified(schemaname, relname);
  if (relpersistence === "t") return qualified("pg_temp", relname);
  return lookUp(path, relname, (name) => schema.relations.has(name));
}

/** The qualified name that a new relation gets. */
export function newRelationName(path: SearchPath, { schemaname, relname = "", relpersistence }: RangeVar): string {
  return qualified(relpersistence === "t" ? "pg_temp" : (schemaname ?? path[0] ?? "public"), relname);
}

/** The qualified name for the parts of a name, of a relation that exists. */
export function relationNameOf(schema: Schema, path: SearchPath, parts: readonly string[]): string {
  const relname = parts.at(-1) ?? "";
  return relationName(schema, path, parts.length > 1 ? { schemaname: parts.at(-2) as string, relname } : { relname });
}

/** The qualified name of a type or routine in a map of them, by its parts. */
export function objectNameOf(
  objects: { has(name: string): boolean },
  path: SearchPath,
  parts: readonly string[],
): string {
  const name = parts.at(-1) ?? "";
  const schema = parts.at(-2);
  return schema === undefined ? lookUp(path, name, (candidate) => objects.has(candidate)) : qualified(schema, name);
}

function lookUp(path: SearchPath, name: string, exists: (name: string) => boolean): string {
  // Temporary objects come first whatever the path says.
  const temporary = qualified("pg_temp", name);
  if (exists(temporary)) return temporary;
  const schema = path.find((each) => exists(qualified(each, name)));
  return qualified(schema ?? path[0] ?? "public", name);
}

const catalogSchema = "pg_catalog";
const serials: Readonly<Record<string, string>> = {
  serial: "int4",
  serial4: "int4",
  bigserial: "int8",
  serial8: "int8",
  smallserial: "int2",
  serial2: "int2",
};
const aliases: Readonly<Record<string, string>> = { int: "int4", integer: "int4", bigint: "int8", smallint: "int2" };

/** The type as the model keeps it; `serial` is the integer that it stands for. */
export function columnType(typeName: TypeName): ColumnType {
  const parts = nameParts(typeName.names);
  const name = parts.at(-1) ?? "";
  const schema = parts.length > 1 && parts.at(-2) !== catalogSchema ? parts.at(-2) : undefined;
  return {
    ...(schema === undefined ? {} : { schema }),
    name: schema === undefined ? (serials[name] ?? aliases[name] ?? name) : name,
    modifiers: (typeName.typmods ?? []).flatMap((modifier) => integer(modifier) ?? []),
    array: (typeName.arrayBounds ?? []).length > 0,
  };
}

/** Whether a column of this type is one of the `serial` shorthands: an integer with a sequence as its default. */
export function isSerial(typeName: TypeName | undefined): boolean {
  const parts = nameParts(typeName?.names);
  return parts.length === 1 && (parts[0] ?? "") in serials;
}

function integer(node: Node): number | undefined {
  return "A_Const" in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : undefined;
}

/** A type as SQL writes it: `numeric(10,2)`. */
export function typeText({ schema, name, modifiers, array }: ColumnType): string {
  const spelled =
    schema === undefined
      ? (spellings[name] ?? identifierText(name))
      : `${identifierText(schema)}.${identifierText(name)}`;
  return `${spelled}${modifiers.length > 0 ? `(${modifiers.join(",")})` : ""}${array ? "[]" : ""}`;
}

const spellings: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  bpchar: "char",
};
