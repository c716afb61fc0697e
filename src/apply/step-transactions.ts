import type { StatementReport } from "../verdict.ts";

/** Whether everything is in one transaction with what is written to the version table. */
export function isAtomic(reports: readonly StatementReport[]): boolean {
  const work = reports.filter(({ role }) => role === "migration");
  const [first] = work;
  const records = reports.filter(({ role, sql }) => role === "bookkeeping" && !/^\s*select\b/i.test(sql));
  const transaction = first?.transaction ?? records[0]?.transaction;
  return (
    work.every((statement) => statement.transactional && statement.transaction === transaction) &&
    records.length > 0 &&
    records.every((statement) => statement.transaction === transaction)
  );
}

/** The statements of the plan, counted from 0, that no BEGIN precedes. */
export function sentAlone(reports: readonly StatementReport[]): ReadonlySet<number> {
  const begun = new Set(
    reports.filter(({ sql }) => /^\s*(?:begin|start\s+transaction)\b/i.test(sql)).map(({ transaction }) => transaction),
  );
  const work = reports.filter(({ role }) => role === "migration");
  return new Set(work.flatMap(({ transaction }, index) => (begun.has(transaction) ? [] : [index])));
}
