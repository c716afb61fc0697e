import type { IndexBuild } from "./recording.ts";

/** What a server says at `DEBUG1` while it runs a statement, sorted. */
export interface Remarks {
  /** Names of tables that it rewrote. */
  readonly rewrites: readonly string[];
  readonly indexBuilds: readonly IndexBuild[];
  /** Names of tables and foreign keys that it checked rows of. */
  readonly verifications: readonly string[];
  /** Everything else. */
  readonly others: readonly string[];
}

/** About TOAST tables, which are a part of theirs, and about the server's own workings. */
const internal =
  /^building index "pg_toast_|^(?:rewriting|verifying) table "pg_toast_|^index ".*" can(?:not)? (?:safely )?use deduplication|ProcSignalBarrier|autovacuum/s;

/**
 * Sorts messages of level `DEBUG1`. They are not translated (`errmsg_internal`), and the same in PostgreSQL 14 to 18;
 * the names in them are neither qualified nor quoted.
 */
export function sortRemarks(messages: readonly string[]): Remarks {
  const rewrites: string[] = [];
  const indexBuilds: IndexBuild[] = [];
  const verifications: string[] = [];
  const others: string[] = [];
  for (const said of messages) {
    const build = /^building index "(.*)" on table "(.*)" (?:serially|with request for \d+ parallel workers?)$/s.exec(
      said,
    );
    const rewritten = /^rewriting table "(.*)"$/s.exec(said);
    const verified = /^(?:verifying table|validating foreign key constraint) "(.*)"$/s.exec(said);
    if (internal.test(said)) continue;
    if (build) indexBuilds.push({ index: build[1] as string, table: build[2] as string });
    else if (rewritten) rewrites.push(rewritten[1] as string);
    else if (verified) verifications.push(verified[1] as string);
    else others.push(said);
  }
  return { rewrites, indexBuilds, verifications, others };
}
