import { blocksQueries } from "../postgres/blocked-by.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import type { RecordedStatement, RelationKind } from "../wire/recording.ts";
import { isBookkeeping } from "./statement-roles.ts";

/** On what an application's transaction can have a lock by its name. */
const sittable: ReadonlySet<RelationKind> = new Set(["table", "partitioned table", "materialized view"]);

/** Shorter than this a `lock_timeout` could strike while somebody sits on the table to see what stops. */
const leastPatienceMs = 1000;

/**
 * The tables on which statements took a lock that reads or writes have to wait for. No application is on the tool's own record of
 * what is applied.
 */
export const blockedTables = (
  statements: readonly RecordedStatement[],
  versionTables: readonly string[],
): readonly string[] => [
  ...new Set(
    statements
      .filter(({ sql }) => !isBookkeeping(withoutLeadingComments(sql), versionTables))
      .map(({ evidence }) => evidence)
      // Who gives up at once would fail, and not wait.
      .filter(({ lockTimeoutMs = 0 }) => lockTimeoutMs === 0 || lockTimeoutMs >= leastPatienceMs)
      .flatMap(({ locks }) => locks)
      .filter(({ kind, mode }) => sittable.has(kind) && blocksQueries(mode))
      .map(({ relation }) => relation),
  ),
];
