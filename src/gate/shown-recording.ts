import type { RecordedRevision } from "../replay/offline-script.ts";
import { withoutPasswords } from "../sql/without-passwords.ts";
import type { OfflineReport, StatementReport } from "../verdict.ts";

/**
 * What was recorded of each revision, as anybody may see it: once the plan is sealed, passwords are of no use to anyone, nor are
 * digests of values, from which short ones could be guessed.
 */
export const asShown = (recorded: ReadonlyMap<string, RecordedRevision>): ReadonlyMap<string, RecordedRevision> =>
  new Map(
    [...recorded].map(([id, { up, down, offline }]) => [
      id,
      {
        ...(up && { up: up.map(shownStatement) }),
        ...(down !== undefined && { down: down && down.map(shownStatement) }),
        ...(offline && {
          offline: {
            ...(offline.up && { up: shownScript(offline.up) }),
            ...(offline.down && { down: shownScript(offline.down) }),
          },
        }),
      },
    ]),
  );

function shownStatement({ values: _values, result: _result, ...statement }: StatementReport): StatementReport {
  const sql = withoutPasswords(statement.sql);
  if (sql === statement.sql) return statement;
  // Where the server found a fault is counted in the text that it got.
  const { position: _, ...rest } = statement;
  return { ...rest, sql };
}

const shownScript = (script: OfflineReport): OfflineReport =>
  script.kind === "unavailable" ? script : { ...script, sql: withoutPasswords(script.sql) };
