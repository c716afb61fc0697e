import { columnNamed, type IndexStmt, nameParts, type Node } from "../../sql/syntax.ts";
import { splitName, withIndex, withRelation } from "../edit.ts";
import { relationName } from "../names.ts";
import { freeObjectName } from "../object-name.ts";
import type { Place } from "../place.ts";
import { type Index, indexNamed, qualified, type Schema, type Table, tableNamed } from "../schema.ts";
import { calledFunctions, mentionedColumns } from "../expressions.ts";

/** The schema after a `CREATE INDEX`. */
export function applyIndex(schema: Schema, statement: IndexStmt, place: Place): Schema {
  const index = indexOf(schema, statement, place);
  if (!index || (statement.if_not_exists && schema.relations.has(qualified(index.schema, index.name)))) return schema;
  const made = withIndex(schema, index);
  return statement.relation?.inh ? inPartitions(made, index) : made;
}

/** The schema with the index in every partition, too. */
function inPartitions(schema: Schema, index: Index): Schema {
  const table = tableNamed(schema, index.table);
  return table?.variety === "partitioned"
    ? table.children.reduce(
        (current, child) => withPart(current, { ...index, partOf: qualified(index.schema, index.name) }, child),
        schema,
      )
    : schema;
}

/** The schema with an index like this one on a partition: one of its own, where it has the same. */
function withPart(schema: Schema, index: Index, table: string): Schema {
  const same = sameIndex(schema, index, table);
  return same && index.partOf !== undefined
    ? withRelation(schema, { ...same, partOf: index.partOf })
    : withCopy(schema, index, table);
}

/** The schema with an index like this one on another table, and its partitions, under a name that PostgreSQL makes up. */
function withCopy(schema: Schema, index: Index, table: string): Schema {
  const [ownSchema, bare] = splitName(table);
  const words = index.columns.map((column) => column ?? index.calls[0] ?? "expr");
  const name = nameOf(schema, ownSchema, bare, words);
  const copy = { ...index, schema: ownSchema, name, table };
  return inPartitions(withIndex(schema, copy), copy);
}

/** The schema with the indexes of one table on another that is new, as `PARTITION OF` and `LIKE` copy them, constraints aside. */
export function withIndexesOf(schema: Schema, source: Table, table: string, { migration }: Place): Schema {
  return source.indexes.reduce((current, name) => {
    const index = indexNamed(current, name);
    if (!index || index.ofConstraint) return current;
    const isPart = tableNamed(current, table)?.partitionOf === qualified(source.schema, source.name);
    const { partOf: _, ...alone } = index;
    const made = { ...alone, created: { migration } };
    return isPart ? withPart(current, { ...made, partOf: name }, table) : withCopy(current, made, table);
  }, schema);
}

/** The index of a table that becomes part of another table's, instead of a new one. */
function sameIndex(schema: Schema, index: Index, table: string): Index | undefined {
  const looks = ({ columns, unique, partial, mentions, calls, method }: Index): string =>
    JSON.stringify([columns, unique, partial, mentions, calls, method]);
  return tableNamed(schema, table)
    ?.indexes.flatMap((name) => indexNamed(schema, name) ?? [])
    .find((each) => each.partOf === undefined && looks(each) === looks(index));
}

/** The word, or the first that a number behind it makes another than those before. */
function numbered(word: string, before: readonly string[]): string {
  let other = word;
  for (let number = 1; before.includes(other); number += 1) other = `${word}${number}`;
  return other;
}

/** The name that PostgreSQL makes up. @param words what its keys bring to it */
function nameOf(schema: Schema, ownSchema: string, table: string, words: readonly string[]): string {
  const different: string[] = [];
  for (const word of words) different.push(numbered(word, different));
  return freeObjectName(table, different, "idx", (each) => schema.relations.has(qualified(ownSchema, each)));
}

/** The name that PostgreSQL makes up for an index with these keys on a table, without its schema. */
export function madeUpIndexName(schema: Schema, table: string, keys: readonly Node[]): string {
  const [ownSchema, bare] = splitName(table);
  return nameOf(schema, ownSchema, bare, wordsFor(keys));
}

/** An index as the model keeps it. */
function indexOf(schema: Schema, statement: IndexStmt, place: Place): Index | undefined {
  const { relation, idxname, indexParams = [], unique, whereClause, if_not_exists } = statement;
  if (!relation) return undefined;
  const table = relationName(schema, place.searchPath, relation);
  const [ownSchema] = splitName(table);
  const columns = indexParams.map((element) => ("IndexElem" in element ? columnNamed(element.IndexElem) : undefined));
  const name = idxname ?? madeUpIndexName(schema, table, indexParams);
  return {
    kind: "index" as const,
    schema: ownSchema,
    name,
    table,
    columns,
    unique: unique ?? false,
    partial: whereClause !== undefined,
    ...(isNotNull(whereClause, columns[0]) ? { leavesOutNull: true } : {}),
    mentions: mentionedColumns([indexParams, whereClause]),
    calls: calledFunctions([indexParams, whereClause]),
    method: statement.accessMethod ?? "btree",
    ofConstraint: false,
    ...(if_not_exists && !place.complete ? {} : { created: { migration: place.migration } }),
  };
}

function isNotNull(condition: Node | undefined, column: string | undefined): boolean {
  if (!condition || !("NullTest" in condition) || condition.NullTest.nulltesttype !== "IS_NOT_NULL") return false;
  const { arg } = condition.NullTest;
  return column !== undefined && arg !== undefined && columnNamed({ expr: arg }) === column;
}

const wordsFor = (keys: readonly Node[]): readonly string[] =>
  keys.map((key) => ("IndexElem" in key ? wordFor(key.IndexElem) : "expr"));

/** What PostgreSQL puts into the name of an index for one of its keys: the column, the function that is called, or `expr`. */
function wordFor({ name, expr }: { readonly name?: string; readonly expr?: Node }): string {
  const written = name ?? (expr && "ColumnRef" in expr ? nameParts(expr.ColumnRef.fields).at(-1) : undefined);
  if (written !== undefined) return written;
  return (expr && "FuncCall" in expr ? nameParts(expr.FuncCall.funcname).at(-1) : undefined) ?? "expr";
}
