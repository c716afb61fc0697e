import type { StatementReport } from "../../src/verdict.ts";

/** A statement of a migration as a verdict has it, that locked nothing. */
export const statementReport = (sql: string, more: Partial<StatementReport> = {}): StatementReport => ({
  sql,
  role: "migration",
  transaction: 1,
  transactional: true,
  durationMs: 1,
  locks: [],
  rewrites: [],
  scans: [],
  evidence: "complete",
  ...more,
});
