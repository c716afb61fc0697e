/**
 * A table-level lock mode as PostgreSQL's manual spells it, weakest first.
 * https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
 */
export const lockModes = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

/** One of {@link lockModes}. */
export type LockMode = (typeof lockModes)[number];

/** How `pg_locks.mode` spells it: `AccessExclusiveLock`. */
export const spelledInView = (mode: LockMode): string =>
  `${mode.replaceAll(/(\w)(\w*) ?/g, (_, first: string, rest: string) => first + rest.toLowerCase())}Lock`;

const bySpelling: Readonly<Record<string, LockMode>> = Object.fromEntries(
  lockModes.map((mode) => [spelledInView(mode), mode]),
);

/** The mode that `pg_locks.mode` spells `AccessExclusiveLock`; `undefined` for a mode that tables don't have. */
export function lockMode(spelling: string): LockMode | undefined {
  return bySpelling[spelling];
}
