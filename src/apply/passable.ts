import { optional } from "../optional.ts";
import type { PlannedReport } from "../plan/repeats.ts";
import { undoneIn } from "../plan/undone.ts";
import { toldAfter, type ToldReport } from "../plan/told-sessions.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { blocksQueries } from "../postgres/blocked-by.ts";
import { settingOf } from "../sql/setting.ts";
import { statementIdentity } from "../sql/statement-identity.ts";
import { nothingTold } from "../sql/told.ts";
import type { GuardedRevision } from "../wire/guard.ts";
import type { StatementReport } from "../verdict.ts";

/**
 * What the rehearsal sent, as the guard takes it: beside the plan, what the session asks, and what the version table is told
 * when its time has come. What a session is told is no statement of its own: each of the others says what it was when it came.
 */
export function passable(
  reports: readonly PlannedReport[],
  session: readonly ToldReport[] = [],
): Pick<GuardedRevision, "statements" | "alsoAllowed" | "sessions"> {
  let before = 0;
  const alsoAllowed = reports.flatMap((report) => {
    const { role, sql, transactional, transaction, told } = report;
    if (role === "migration") before += 1;
    if (role === "migration" || isSetting(report)) return [];
    const records = role === "bookkeeping" && /^\s*(?:insert|update|delete|truncate)\b/i.test(sql);
    if (!records || before === 0) return [{ ...identify(report), ...(records ? { told } : {}) }];
    return [{ ...identify(report), after: before, told, ...(transactional ? { transaction } : {}) }];
  });
  const undone = undoneIn(reports);
  const statements = reports
    .filter(({ role }) => role === "migration")
    .map((report) => {
      const { transactional, transaction, tag, sqlState, result, locks, evidence, repeats, told } = report;
      return {
        ...identify(report),
        transactional,
        told,
        ...(transactional && repeats !== "apart" ? { transaction } : {}),
        ...(repeats === undefined ? {} : { repeats: true as const }),
        ...(tag === undefined ? {} : { tag }),
        ...(sqlState === undefined ? {} : { fails: true as const }),
        ...(result === undefined ? {} : { result }),
        ...optional("undone", undone.get(report)),
        // What was seen counts more than what its kind suggests.
        ...(evidence !== "complete" ? {} : { blocks: locks.some(({ mode }) => blocksQueries(mode as LockMode)) }),
      };
    });
  const atAnyTime = session.filter((report) => !isSetting(report)).map(identify);
  return {
    statements,
    alsoAllowed: distinct([...alsoAllowed, ...atAnyTime]),
    sessions: distinct([
      nothingTold,
      ...[...reports, ...session].flatMap((report) => [report.told, toldAfter(report)]),
    ]),
  };
}

const identify = ({ sql, fingerprint, values }: StatementReport) => statementIdentity(sql, fingerprint, values);

const isSetting = ({ role, sql, values }: StatementReport): boolean =>
  role === "setting" || (role === "session" && settingOf(sql, values) !== undefined);

/** Each once. */
const distinct = <Value>(values: readonly Value[]): readonly Value[] => [
  ...new Map(
    values.map((value) => [
      JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner)),
      value,
    ]),
  ).values(),
];
