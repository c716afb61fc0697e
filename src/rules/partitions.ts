import { splitName } from "../schema/edit.ts";
import { objectName } from "../schema/object-name.ts";
import { type Schema, tableNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import type { Target } from "./rule.ts";
import { relationText, siblingText } from "./words.ts";

/** A partition that holds rows itself. */
export interface LeafPartition {
  readonly schema: string;
  readonly name: string;
  /** The table, or another relation in its schema, as SQL writes it beside its parent. */
  written(relation?: string): string;
}

/** More of them make no advice that anybody would read. */
const mostPartitions = 24;

/** The partitions of a table; none where they are many, or partitioned in turn. */
export function leafPartitions(schema: Schema, parent: Target): readonly LeafPartition[] {
  const partitions = tableNamed(schema, parent.name)?.children ?? [];
  const isLeaf = (name: string): boolean => tableNamed(schema, name)?.variety === "ordinary";
  if (partitions.length > mostPartitions || !partitions.every(isLeaf)) return [];
  const [home] = splitName(parent.name);
  return partitions.map((partition) => {
    const [inSchema, name] = splitName(partition);
    const written = (relation = name): string =>
      inSchema === home ? siblingText(parent.sql, relation) : relationText(`${inSchema}.${relation}`);
    return { schema: inSchema, name, written };
  });
}

/** A key of a partitioned table, its parts as SQL writes them. */
export interface PartitionedKey {
  readonly kind: "UNIQUE" | "PRIMARY KEY";
  readonly name: string;
  readonly keys: readonly string[];
  /** What stands behind the columns of a constraint, and of an index. */
  readonly included?: string;
  readonly nulls?: string;
}

/** The statements that give a partitioned table a key while it is in use, as far as its partitions are known. */
export function keyOnEachPartition(
  schema: Schema,
  parent: Target,
  { kind, name, keys, included = "", nulls = "" }: PartitionedKey,
): readonly string[] {
  const columns = keys.map(identifierText).join(", ");
  return [
    `ALTER TABLE ONLY ${parent.sql} ADD CONSTRAINT ${name} ${kind}${nulls} (${columns})${included}`,
    ...leafPartitions(schema, parent).flatMap((partition) => {
      const bare = kind === "UNIQUE" ? objectName(partition.name, keys, "key") : objectName(partition.name, [], "pkey");
      const own = identifierText(bare);
      return [
        `CREATE UNIQUE INDEX CONCURRENTLY ${own} ON ${partition.written()} (${columns})${included}${nulls}`,
        `ALTER TABLE ${partition.written()} ADD CONSTRAINT ${own} ${kind} USING INDEX ${own}`,
        `ALTER INDEX ${siblingText(parent.sql, unquoted(name))} ATTACH PARTITION ${partition.written(bare)}`,
      ];
    }),
  ];
}

const unquoted = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
