import { hash } from "node:crypto";
import { optional } from "../optional.ts";
import { afterEnd, atSavepoint, courseOf, type Course } from "../sql/course.ts";
import { savepointCommand, type SavepointCommand } from "../sql/savepoints.ts";
import { settingOf, type Setting } from "../sql/setting.ts";
import { nothingTold, tell, type Told } from "../sql/told.ts";
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
  const read = statements.map((statement): ReadStatement => ({
    statement,
    command: statement.tag === undefined ? undefined : savepointCommand(statement.sql),
    setting: heededSetting(statement),
  }));
  const all = toldBefore(read, () => true);
  const own = toldBefore(read, ({ role }) => role === "setting");
  return statements.map((statement, index) => ({
    ...statement,
    told: all[index] ?? nothingTold,
    ...optional("settings", digestOf(own[index] ?? nothingTold)),
  }));
}

/** What its session has been told once a statement is done. */
export function toldAfter(statement: ToldReport): Told {
  const setting = heededSetting(statement);
  return setting ? tell(statement.told, setting) : statement.told;
}

/** A recorded statement, with what it does with a savepoint or says about its session. */
interface ReadStatement {
  readonly statement: StatementReport;
  readonly command: SavepointCommand | undefined;
  readonly setting: Setting | undefined;
}

const heededSetting = ({ sql, values, sqlState }: StatementReport): Setting | undefined =>
  sqlState === undefined ? settingOf(sql, values) : undefined;

function toldBefore(
  statements: readonly ReadStatement[],
  counts: (statement: StatementReport) => boolean,
): readonly Told[] {
  const sessions = new Map<number, { readonly course: Course; readonly transaction: number }>();
  return statements.map(({ statement, command, setting }) => {
    const { connection = 1, transaction, tag } = statement;
    const before = sessions.get(connection) ?? { course: courseOf(nothingTold), transaction };
    const course = before.transaction === transaction ? before.course : afterEnd(before.course, "committed");
    const { told } = course;
    const next = (): Course => {
      if (command) return atSavepoint(course, command, []).course;
      if (tag === "ROLLBACK") return afterEnd(course, "rolled back");
      return setting && counts(statement) ? { ...course, told: tell(told, setting) } : course;
    };
    sessions.set(connection, { course: next(), transaction });
    return told;
  });
}

function digestOf({ session, transaction }: Told): string | undefined {
  if (session.size === 0 && transaction.size === 0) return undefined;
  return hash("sha256", JSON.stringify([[...session], [...transaction]]));
}
