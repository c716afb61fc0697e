import { blocksQueries } from "../postgres/blocked-by.ts";
import type { RecordedStatement, RelationKind } from "../wire/recording.ts";

/** On what an application's transaction can have a lock by its name. */
const sittable: ReadonlySet<RelationKind> = new Set(["table", "partitioned table", "materialized view"]);

/** Shorter than this a `lock_timeout` could strike while somebody sits on the table to see what stops. */
const leastPatienceMs = 1000;

/** The tables on which statements took a lock that reads or writes have to wait for. */
export const blockedTables = (statements: readonly RecordedStatement[]): readonly string[] => [
  ...new Set(
    statements
      .map(({ evidence }) => evidence)
      // Who gives up at once would fail, and not wait.
      .filter(({ lockTimeoutMs = 0 }) => lockTimeoutMs === 0 || lockTimeoutMs >= leastPatienceMs)
      .flatMap(({ locks }) => locks)
      .filter(({ kind, mode }) => sittable.has(kind) && blocksQueries(mode))
      .map(({ relation }) => relation),
  ),
];
