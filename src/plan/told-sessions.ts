import { createHash } from "node:crypto";
import { afterSavepoint, savepointCommand } from "../sql/savepoints.ts";
import type { Savepoint } from "../sql/savepoints.ts";
import { settingOf } from "../sql/setting.ts";
import { afterTransaction, nothingTold, tell } from "../sql/told.ts";
import type { Told } from "../sql/told.ts";
import type { StatementReport } from "../verdict.ts";

/** A recorded statement, with what its session had been told before. */
export type ToldReport = StatementReport & {
  readonly told: Told;
  /** SHA-256 of what of that the migration itself has said, hexadecimal; absent where it has said nothing. */
  readonly settings?: string;
};

/**
 * The statements of one step, each with what its session had been told: by the client library and the tool when it began, and
 * by the migration.
 * @throws Error when `loadParser` was not awaited before
 */
export function withTold(statements: readonly StatementReport[]): readonly ToldReport[] {
  const all = toldBefore(statements, () => true);
  const own = toldBefore(statements, ({ role }) => role === "setting");
  return statements.map((statement, index) => {
    const settings = digestOf(own[index] ?? nothingTold);
    return { ...statement, told: all[index] ?? nothingTold, ...(settings === undefined ? {} : { settings }) };
  });
}

/** What its session has been told once a statement is done. */
export function toldAfter({ sql, values, sqlState, told }: ToldReport): Told {
  const setting = sqlState === undefined ? settingOf(sql, values) : undefined;
  return setting ? tell(told, setting) : told;
}

function toldBefore(
  statements: readonly StatementReport[],
  counts: (statement: StatementReport) => boolean,
): readonly Told[] {
  const sessions = new Map<number, Course>();
  return statements.map((statement) => {
    const { connection = 1, transaction, tag, sql } = statement;
    const before = sessions.get(connection) ?? begun(nothingTold, transaction);
    const course = before.transaction === transaction ? before : begun(before.told, transaction);
    const { told, toldBefore } = course;
    const command = tag === undefined ? undefined : savepointCommand(sql);
    const { savepoints, returned } = command
      ? afterSavepoint(course.savepoints, command, told)
      : { savepoints: course.savepoints };
    const then = counts(statement) ? toldAfter({ ...statement, told }) : told;
    const rolledBack = tag === "ROLLBACK" && command === undefined;
    sessions.set(
      connection,
      rolledBack ? begun(toldBefore, transaction) : { ...course, told: returned ?? then, savepoints },
    );
    return told;
  });
}

/** What a session has been told, and what a rollback makes of that. */
interface Course {
  readonly told: Told;
  readonly transaction: number;
  readonly toldBefore: Told;
  readonly savepoints: readonly Savepoint<Told>[];
}

function begun(before: Told, transaction: number): Course {
  const told = afterTransaction(before);
  return { told, transaction, toldBefore: told, savepoints: [] };
}

function digestOf({ session, transaction }: Told): string | undefined {
  if (session.size === 0 && transaction.size === 0) return undefined;
  return createHash("sha256")
    .update(JSON.stringify([[...session], [...transaction]]))
    .digest("hex");
}
