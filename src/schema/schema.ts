import type { Settings } from "./settings.ts";
import type { Node } from "../sql/syntax.ts";
import type { GrantCounts } from "./grant-counts.ts";
import { emptyMap, type PersistentMap } from "./persistent-map.ts";

/** Which migration made an object, counted from 0. Absent where it may have existed before (`IF NOT EXISTS` proves nothing). */
export interface Creation {
  readonly migration: number;
}

/** A type as a column has it. Types of `pg_catalog` go without a schema, under the names that the parser gives them (`int4`). */
export interface ColumnType {
  readonly schema?: string;
  readonly name: string;
  /** What stands in parentheses: length, precision, scale. */
  readonly modifiers: readonly number[];
  readonly array: boolean;
}

/** A column, as far as the statements read so far say. */
export interface Column {
  readonly name: string;
  readonly type?: ColumnType;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated?: "stored" | "virtual";
  readonly identity: boolean;
  /** Whether it was declared as one of the `serial` types. */
  readonly serial?: boolean;
  readonly collation?: string;
  /** Which migration added it to a table that was there before. */
  readonly added?: Creation;
  /** It was added without a value for the rows that were there, whatever new ones get. */
  readonly unfilled?: true;
}

/** A constraint of a table. */
export interface Constraint {
  /** As written, or as PostgreSQL would name it. */
  readonly name: string;
  readonly kind: "primary key" | "unique" | "check" | "foreign key" | "exclude" | "not null";
  /** The constrained columns; of a check, those it mentions. */
  readonly columns: readonly string[];
  readonly validated: boolean;
  readonly deferrable: boolean;
  /** It is written down and looked at by nobody; PostgreSQL refuses to validate it. */
  readonly enforced?: false;
  /** Of a partition or an inheriting table: the parent's constraint that it was made with, and goes with. */
  readonly partOf?: string;
  /** The condition of a check. */
  readonly expression?: Node;
  /** Of a foreign key. */
  readonly references?: { readonly table: string; readonly columns: readonly string[] };
}

interface Named {
  readonly schema: string;
  readonly name: string;
  readonly created?: Creation;
  /** Of a table or view: the roles that the history grants something on it. Absent: none. */
  readonly grantees?: readonly string[];
}

/** A trigger of a table. */
export interface Trigger {
  readonly name: string;
  /** Whether it runs for each row, and not once for a statement. */
  readonly forEachRow: boolean;
  readonly events: readonly ("insert" | "update" | "delete" | "truncate")[];
  /** What it runs, by its qualified name. */
  readonly runs: string;
  /** Of `UPDATE OF`: only statements that set one of these. Empty: all. */
  readonly columns: readonly string[];
}

/** A table of any kind. */
export interface Table extends Named {
  readonly kind: "table";
  readonly variety: "ordinary" | "partitioned" | "foreign";
  readonly temporary: boolean;
  readonly unlogged: boolean;
  /** Whether its `CREATE TABLE` was read, so that a column that is not listed is known not to exist. */
  readonly complete: boolean;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  /** Of a partitioned table whose `CREATE TABLE` was read: what its rows are divided by; an expression counts as `undefined`. */
  readonly partitionKey?: readonly (string | undefined)[];
  /** The table it is a partition of. */
  readonly partitionOf?: string;
  /** Whether it is the default partition of that table. */
  readonly isDefaultPartition: boolean;
  /** Tables it inherits from, partitioning aside. */
  readonly inherits: readonly string[];
  /** Its partitions and inheriting tables. */
  readonly children: readonly string[];
  /** Tables with a foreign key to it, once for each key. */
  readonly referencedBy: readonly string[];
  readonly indexes: readonly string[];
  readonly triggers: readonly Trigger[];
  readonly rowSecurity: boolean;
  /** `command`: `select`, …, or `all`. */
  readonly policies: readonly { readonly name: string; readonly command: string }[];
}

/** An index, constraint indexes included. */
export interface Index extends Named {
  readonly kind: "index";
  readonly table: string;
  /** Key columns; an expression counts as `undefined`. */
  readonly columns: readonly (string | undefined)[];
  readonly unique: boolean;
  readonly partial: boolean;
  /** Of a partial one: it leaves out only the rows that hold NULL in its first column, which no comparison finds. */
  readonly leavesOutNull?: true;
  /** The columns that its expressions and its condition mention, beside the key columns. */
  readonly mentions: readonly string[];
  /** The functions that they call, without their schemas. */
  readonly calls: readonly string[];
  /** `btree` and the like. */
  readonly method: string;
  /** Whether a constraint owns it. */
  readonly ofConstraint: boolean;
  /** The index of the partitioned table that it was made with, and goes with. */
  readonly partOf?: string;
}

/** A view or materialized view. */
export interface View extends Named {
  readonly kind: "view" | "materialized view";
  /** The relations its query names. */
  readonly reads: readonly string[];
  /** The columns that its query names, or has by `*` of tables that are known. */
  readonly mentions: readonly string[];
  readonly indexes: readonly string[];
}

/** A sequence. */
export interface Sequence extends Named {
  readonly kind: "sequence";
}

/** Whatever shares the namespace of tables. */
export type Relation = Table | Index | View | Sequence;

/** A type that the history made. */
export interface NamedType extends Named {
  readonly kind: "enum" | "domain" | "composite" | "range";
  /** Of an enum, in the order they were added. */
  readonly values: readonly string[];
  /** Of an enum: values added by `ALTER TYPE` in the transaction with that number. */
  readonly addedValues: readonly { readonly value: string; readonly transaction: number }[];
  /** Of a domain. */
  readonly base?: ColumnType;
  /** Of a domain: whether values have to pass a check or may not be null. */
  readonly constrained: boolean;
}

/** A function or procedure that the history made; overloads share one entry, the latest. */
export interface Routine extends Named {
  readonly kind: "routine";
  readonly language: string;
  readonly volatility: "volatile" | "stable" | "immutable";
  readonly body: string;
  /** What a `BEGIN ATOMIC … END` holds instead. */
  readonly statements?: readonly Node[];
  /** What stands before `LANGUAGE`, as far as it matters for what its body may say. */
  readonly head: string;
  /** How many parameters without a default, and with it. */
  readonly parameters: { readonly required: number; readonly all: number };
  readonly returnsTrigger: boolean;
  /** What is in effect while it runs, by its `SET` clauses. */
  readonly settings: Settings;
}

/** What the statements read so far make of a database. Never changes: a statement makes a new one. */
export interface Schema {
  /** By qualified name. */
  readonly relations: PersistentMap<Relation>;
  readonly types: PersistentMap<NamedType>;
  readonly routines: PersistentMap<Routine>;
  /** How tables are granted; absent until one is for the first time: most histories grant nothing. */
  readonly grantCounts?: GrantCounts;
  /** The roles that new tables are granted to by ALTER DEFAULT PRIVILEGES. Absent: none. */
  readonly defaultGrantees?: readonly string[];
  /** The schemas that were made, by their names. */
  readonly schemas: PersistentMap<Creation>;
}

/** Nothing known. */
export const emptySchema: Schema = {
  relations: emptyMap(),
  types: emptyMap(),
  routines: emptyMap(),
  schemas: emptyMap(),
};

/** The name under which things are kept and reported: `public.orders`. */
export const qualified = (schema: string, name: string): string => `${schema}.${name}`;

/** The table of that qualified name, if it is known and a table. */
export function tableNamed(schema: Schema, name: string): Table | undefined {
  const relation = schema.relations.get(name);
  return relation?.kind === "table" ? relation : undefined;
}

/** Whether a table has that column for certain: what may not have run, and `IF NOT EXISTS` of the whole table, prove nothing. */
export function surelyHas({ columns, created }: Table, name: string): boolean {
  const column = columns.find((candidate) => candidate.name === name);
  const by = column && (column.added ?? created);
  return by !== undefined && !Number.isNaN(by.migration);
}

/** Whether a table has no such column for certain, because all that it has were read. */
export const surelyLacks = ({ columns, complete, created }: Table, name: string): boolean =>
  complete && created !== undefined && !columns.some((candidate) => candidate.name === name);

/** Whether rows of no other partition have one to go to; PostgreSQL then refuses to detach any with CONCURRENTLY. */
export const hasDefaultPartition = (schema: Schema, table: string): boolean =>
  tableNamed(schema, table)?.children.some((child) => tableNamed(schema, child)?.isDefaultPartition) ?? false;

/** The index of that qualified name, if it is known and an index. */
export function indexNamed(schema: Schema, name: string): Index | undefined {
  const relation = schema.relations.get(name);
  return relation?.kind === "index" ? relation : undefined;
}

/** A table and all its partitions and inheriting tables below it; itself first. */
export function withDescendants(schema: Schema, name: string): readonly string[] {
  if (!tableNamed(schema, name)?.children.length) return [name];
  const found = new Set([name]);
  for (const each of found) for (const child of tableNamed(schema, each)?.children ?? []) found.add(child);
  return [...found];
}

/** The indexes of a table that have the column as a key. */
export function indexesOn(schema: Schema, { indexes }: Table, column: string): readonly string[] {
  return indexes.filter((index) => indexNamed(schema, index)?.columns.includes(column));
}
