import { provenNotNull } from "./not-null-proof.ts";
import { type Schema, type Table, tableNamed } from "./schema.ts";

/**
 * Whether a table has a validated check that may be what spares the scan when it becomes a partition of another: on every
 * column of the partition key, none of which may hold NULL. Whether it is, only the server can say.
 */
export function boundMayBeImplied(schema: Schema, { partitionKey = [] }: Table, child: string): boolean {
  const table = tableNamed(schema, child);
  return (
    table !== undefined &&
    checksKey(table, partitionKey) &&
    partitionKey.every((column) => column === undefined || provenNotNull(table, column))
  );
}

/** Whether a table has a validated check on every column of a partition key; on any, where the key is unknown. */
export const checksKey = ({ constraints }: Table, key: Table["partitionKey"] = []): boolean =>
  constraints.some(
    ({ kind, validated, columns }) =>
      kind === "check" && validated && key.every((column) => column === undefined || columns.includes(column)),
  );
