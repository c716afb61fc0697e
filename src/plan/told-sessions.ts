import { createHash } from "node:crypto";
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
  const sessions = new Map<number, { readonly told: Told; readonly transaction: number }>();
  return statements.map((statement) => {
    const { connection = 1, transaction } = statement;
    const before = sessions.get(connection) ?? { told: nothingTold, transaction };
    const told = before.transaction === transaction ? before.told : afterTransaction(before.told);
    sessions.set(connection, { told: counts(statement) ? toldAfter({ ...statement, told }) : told, transaction });
    return told;
  });
}

function digestOf({ session, transaction }: Told): string | undefined {
  if (session.size === 0 && transaction.size === 0) return undefined;
  return createHash("sha256")
    .update(JSON.stringify([[...session], [...transaction]]))
    .digest("hex");
}
