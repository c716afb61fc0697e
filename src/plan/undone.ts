import { afterSavepoint, savepointCommand, type Savepoint } from "../sql/savepoints.ts";
import type { StatementReport } from "../verdict.ts";

/** Why a statement's work is not there: a ROLLBACK took it back; or it, or another one that was taken back with it, failed. */
export type Undone = "taken back" | "failed";

/**
 * What the statements of one step did that did not stay. What nobody committed or rolled back ended with its connection:
 * how, is not known, and so nothing is expected of it.
 * @throws Error when `loadParser` was not awaited before
 */
export function undoneIn<Report extends StatementReport>(statements: readonly Report[]): ReadonlyMap<Report, Undone> {
  const undone = new Map<Report, Undone>();
  const take = (reports: readonly Report[], why: Undone): void => {
    for (const report of reports) undone.set(report, undone.get(report) ?? why);
  };
  for (const transaction of Map.groupBy(
    statements,
    ({ connection, transaction }) => `${connection} ${transaction}`,
  ).values()) {
    const inside: Report[] = [];
    let savepoints: readonly Savepoint<number>[] = [];
    let open = false;
    const takeSince = (first: number): void => {
      const since = inside.slice(first);
      take(since, since.some(({ sqlState }) => sqlState !== undefined) ? "failed" : "taken back");
    };
    for (const report of transaction) {
      const { sql, tag, sqlState } = report;
      const command = tag === undefined ? undefined : savepointCommand(sql);
      inside.push(report);
      if (sqlState !== undefined) take([report], "failed");
      if (tag === "BEGIN" || tag === "START TRANSACTION") open = true;
      if (tag === "COMMIT" || tag === "ROLLBACK") open = command !== undefined;
      if (command) {
        const after = afterSavepoint(savepoints, command, inside.length);
        savepoints = after.savepoints;
        if (after.returned !== undefined) takeSince(after.returned);
      } else if (tag === "ROLLBACK") takeSince(0);
    }
    if (open) take(inside, "failed");
  }
  return undone;
}
