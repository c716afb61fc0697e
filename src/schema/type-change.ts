import { nameParts, type Node } from "../sql/syntax.ts";
import { columnType, objectNameOf, type SearchPath } from "./names.ts";
import type { ColumnType, Schema } from "./schema.ts";

/** What changing a column from one type to another makes PostgreSQL do to the table. */
export type TypeChange =
  /** Only the catalog changes. */
  | "none"
  /** Every row is written again. */
  | "rewrite"
  /** Nothing under `TimeZone=UTC`, where the indexes on the column are built again; a rewrite under any other. */
  | "time zone"
  /** It depends on the present type, which no statement read so far says. */
  | "unknown";

/** Types between which PostgreSQL changes no byte, in this direction. */
const sameBytes = new Set([
  "varchar>text",
  "text>varchar",
  "cidr>inet",
  "xml>text",
  "xml>varchar",
  "int4>oid",
  "oid>int4",
  "int4>regclass",
  "varbit>bit",
  "bit>varbit",
  "citext>text",
  "text>citext",
  "varchar>citext",
  "citext>varchar",
]);

/** Types whose precision or length may grow without touching the rows. */
const widening = new Set(["varchar", "varbit", "time", "timetz", "timestamp", "timestamptz"]);

/** Classifies `ALTER COLUMN … TYPE to USING using`, for a column that has the type `from` now. */
export function classifyTypeChange(
  schema: Schema,
  path: SearchPath,
  column: string,
  from: ColumnType | undefined,
  to: ColumnType,
  using: Node | undefined,
): TypeChange {
  if (using && !isColumn(using, column, to)) return "rewrite";
  const target = domainBase(schema, path, to);
  if (target === "constrained") return from && sameType(from, to) ? "none" : "rewrite";
  if (!from) return "unknown";
  const source = domainBase(schema, path, from);
  // Leaving a constrained domain for its base type checks nothing.
  const present = source === "constrained" ? baseOf(schema, path, from) : source;
  return present ? betweenBases(present, target) : "unknown";
}

function betweenBases(from: ColumnType, to: ColumnType): TypeChange {
  if (from.array !== to.array) return "rewrite";
  if (sameType(from, to)) return "none";
  if (from.array) return betweenArrays(from, to);
  const [present, wanted] = [from.name, to.name];
  if (present === wanted && from.schema === to.schema) return sameNameChange(from, to);
  if ((present === "timestamp" && wanted === "timestamptz") || (present === "timestamptz" && wanted === "timestamp"))
    return narrows(from, to) ? "rewrite" : "time zone";
  if (!sameBytes.has(`${present}>${wanted}`)) return "rewrite";
  return to.modifiers.length === 0 ? "none" : "rewrite";
}

function betweenArrays(from: ColumnType, to: ColumnType): TypeChange {
  const elements = betweenBases({ ...from, array: false }, { ...to, array: false });
  // A length on the elements is enforced element by element, even where it grows.
  return elements === "none" && to.modifiers.length === 0 ? "none" : "rewrite";
}

function sameNameChange(from: ColumnType, to: ColumnType): TypeChange {
  if (from.name === "numeric") {
    if (to.modifiers.length === 0) return "none";
    const [precision = 0, scale = 0] = to.modifiers;
    const [oldPrecision, oldScale = 0] = from.modifiers;
    return oldPrecision !== undefined && precision >= oldPrecision && scale === oldScale ? "none" : "rewrite";
  }
  if (from.name === "interval") {
    // Fields and precision share the modifiers; only dropping all of them is known to be free.
    return to.modifiers.length === 0 ? "none" : from.modifiers.length === 0 ? "rewrite" : intervalChange(from, to);
  }
  if (!widening.has(from.name)) return "rewrite";
  return narrows(from, to) ? "rewrite" : "none";
}

function intervalChange(from: ColumnType, to: ColumnType): TypeChange {
  const [fields, precision] = to.modifiers;
  const [oldFields, oldPrecision] = from.modifiers;
  const grows = precision === undefined || (oldPrecision !== undefined && precision >= oldPrecision);
  return fields === oldFields && grows ? "none" : "rewrite";
}

function narrows(from: ColumnType, to: ColumnType): boolean {
  const [length] = to.modifiers;
  const [oldLength] = from.modifiers;
  if (length === undefined) return false;
  const finest = temporalPrecision(to.name);
  if (finest !== undefined) return length < (oldLength ?? finest);
  return oldLength === undefined || length < oldLength;
}

/** Times hold six digits of a second where nothing is said. */
const temporalPrecision = (name: string): number | undefined => (name.startsWith("time") ? 6 : undefined);

function sameType(one: ColumnType, other: ColumnType): boolean {
  return (
    one.name === other.name &&
    one.schema === other.schema &&
    one.array === other.array &&
    one.modifiers.join() === other.modifiers.join()
  );
}

function domainBase(schema: Schema, path: SearchPath, type: ColumnType): ColumnType | "constrained" {
  const domain = domainOf(schema, path, type);
  if (!domain) return type;
  if (domain.constrained) return "constrained";
  return domain.base ? domainBase(schema, path, domain.base) : type;
}

/** Whether a type is a domain whose values have to pass a check or may not be null, its own or one of a domain below it. */
export const isConstrained = (schema: Schema, path: SearchPath, type: ColumnType): boolean =>
  domainBase(schema, path, type) === "constrained";

/** What a type is kept as: of a domain, the type below it, as far as that is known. */
export const storedType = (schema: Schema, path: SearchPath, type: ColumnType): ColumnType =>
  baseOf(schema, path, type) ?? type;

function baseOf(schema: Schema, path: SearchPath, type: ColumnType): ColumnType | undefined {
  const base = domainOf(schema, path, type)?.base;
  return base && domainOf(schema, path, base) ? baseOf(schema, path, base) : base;
}

/** The domain that a type is, if it is one. */
function domainOf(schema: Schema, path: SearchPath, { schema: own, name, array }: ColumnType) {
  if (array) return undefined;
  const type = schema.types.get(objectNameOf(schema.types, path, own === undefined ? [name] : [own, name]));
  return type?.kind === "domain" ? type : undefined;
}

/** Whether `USING` says no more than the column itself: `col`, or `col::type` with the type it gets. */
function isColumn(expression: Node, column: string, to: ColumnType): boolean {
  if ("ColumnRef" in expression) return nameParts(expression.ColumnRef.fields).at(-1) === column;
  if (!("TypeCast" in expression)) return false;
  const { arg, typeName } = expression.TypeCast;
  return arg !== undefined && typeName !== undefined && isColumn(arg, column, to) && sameType(columnType(typeName), to);
}
