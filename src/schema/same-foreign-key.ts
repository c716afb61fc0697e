import type { Constraint, Table } from "./schema.ts";

/**
 * Whether a partition has a validated foreign key like the one that its parent gets: that one takes it over, and reads nothing.
 * https://www.postgresql.org/docs/18/ddl-partitioning.html
 */
export function hasSameForeignKey({ constraints }: Table, { columns, references }: Constraint): boolean {
  return constraints.some(
    (known) =>
      known.kind === "foreign key" &&
      known.validated &&
      known.enforced !== false &&
      known.references?.table === references?.table &&
      isSame(known.columns, columns) &&
      isSame(known.references?.columns ?? [], references?.columns ?? []),
  );
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index]);
