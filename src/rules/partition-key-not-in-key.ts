import { relationName } from "../schema/names.ts";
import { type Constraint, type Schema, type Table, tableNamed } from "../schema/schema.ts";
import { columnNamed } from "../sql/syntax.ts";
import type { Rule, Step } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "partition-key-not-in-key",
  title: "PostgreSQL refuses a key without the partition key",
  severity: "error",
  effect: {
    consequence:
      "The migration fails: a unique constraint or index on a partitioned table must include every column of the partition key, which may be no expression.",
  },
  remedy: "Add the columns of the partition key to the primary key, unique constraint or unique index.",
  harmless: "A unique index on one partition, and one that is not unique.",
  source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS", "Partitioning, Limitations"),
  detectedBy: "both",
  hazards: ["partition-pk-missing-key"],
  statements: ["CreateStmt", "AlterTableStmt", "IndexStmt"],
  *check(step) {
    for (const { name, partitionKey = [], keys } of newKeys(step))
      for (const { columns, what } of keys) {
        const missing = partitionKey.filter((key) => key === undefined || !columns.includes(key));
        if (missing.length === 0) continue;
        const named = missing.filter((key) => key !== undefined);
        const isExpression = named.length < missing.length;
        yield {
          message: isExpression
            ? `PostgreSQL refuses ${what}: ${name} is partitioned by an expression, which no key can include.`
            : `PostgreSQL refuses ${what}: it does not include ${listed(named)}, by which ${name} is partitioned.`,
          help: isExpression
            ? "Build a unique index in each partition, or partition the table by columns."
            : `Add ${listed(named)} to its columns.`,
          relation: name,
          sqlState: "0A000",
        };
      }
  },
};

/** A key of a partitioned table: its columns, where an expression counts as `undefined`, and what to call it. */
interface Key {
  readonly columns: readonly (string | undefined)[];
  readonly what: string;
}

/** The keys that a statement gives to a table whose partition key is known. */
function newKeys(
  step: Step,
): readonly (Pick<Table, "partitionKey"> & { readonly name: string; readonly keys: readonly Key[] })[] {
  const { node, schema, after, searchPath } = step;
  const relation =
    "CreateStmt" in node
      ? node.CreateStmt.relation
      : "AlterTableStmt" in node
        ? node.AlterTableStmt.relation
        : "IndexStmt" in node
          ? node.IndexStmt.relation
          : undefined;
  if (!relation) return [];
  const name = relationName(after.schema, searchPath, relation);
  const table = tableNamed(after.schema, name);
  if (!table?.partitionKey) return [];
  const found = (keys: readonly Key[]) => [
    { name, partitionKey: table.partitionKey as NonNullable<Table["partitionKey"]>, keys },
  ];
  if ("IndexStmt" in node) {
    const { unique, idxname, indexParams = [] } = node.IndexStmt;
    const columns = indexParams.map((element) => ("IndexElem" in element ? columnNamed(element.IndexElem) : undefined));
    return unique
      ? found([{ columns, what: idxname === undefined ? "the unique index" : `the unique index ${idxname}` }])
      : [];
  }
  const before = new Set(keysOf(schema, name));
  const inherited = "CreateStmt" in node && table.partitionOf !== undefined ? keysOf(schema, table.partitionOf) : [];
  return found(
    [...keysOf(after.schema, name).filter((key) => !before.has(key)), ...inherited].map(
      ({ kind, columns, name: own }) => ({
        columns,
        what: `the ${kind === "unique" ? "unique constraint" : kind} ${own}`,
      }),
    ),
  );
}

/** The primary key and the unique constraints of a table. */
const keysOf = (schema: Schema, name: string): readonly Constraint[] =>
  tableNamed(schema, name)?.constraints.filter(({ kind }) => kind === "primary key" || kind === "unique") ?? [];
