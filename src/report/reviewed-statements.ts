import { isMikroOrmFrame } from "../sql/setting.ts";
import type { StatementReport } from "../verdict.ts";

/** What the tool and its driver send for themselves is the same for every revision, and nobody's to review. */
export const migrationsOwn = (statements: readonly StatementReport[]): readonly StatementReport[] =>
  statements.filter(({ role }) => role === "migration");

/**
 * The migration's own work, the settings that it makes for it (whether it gives up on a lock is part of a review), and what
 * takes some of it back.
 */
export function toReview(statements: readonly StatementReport[]): readonly StatementReport[] {
  const transactions = (holds: (statement: StatementReport) => boolean) =>
    new Set(statements.filter(holds).map(({ transaction }) => transaction));
  const working = transactions(({ role, sqlState }) => role === "migration" && sqlState === undefined);
  const steppingBack = transactions(({ sql }) => rollbackTo.test(sql));
  const takesBack = ({ sql, transaction }: StatementReport) =>
    working.has(transaction) &&
    (wholeRollback.test(sql) || (steppingBack.has(transaction) && (rollbackTo.test(sql) || savepoint.test(sql))));
  return statements.filter(
    (statement) =>
      statement.role === "migration" ||
      (statement.role === "setting" && !isMikroOrmFrame(statement.sql)) ||
      (statement.role === "session" && takesBack(statement)),
  );
}

const rollbackTo = /^\s*rollback\s+(?:(?:work|transaction)\s+)?to\b/i;
const wholeRollback = /^\s*(?:rollback|abort)\b(?!\s+(?:(?:work|transaction)\s+)?to\b)(?!\s+prepared\b)/i;
const savepoint = /^\s*(?:savepoint|release)\b/i;

/** Statements one after the other, and how many more of the same kind follow them unshown. */
export interface ShownStatements {
  readonly shown: readonly StatementReport[];
  readonly more: number;
}

/** So many rows show what the others look like. */
const mostAlike = 3;
const aboutRows = /^(?:INSERT|UPDATE|DELETE|MERGE|SELECT|FETCH|MOVE)\b/;

/** Leaves out what only repeats the statements before it for other rows: a loop over a thousand rows is read in three. */
export function foldRows(statements: readonly StatementReport[]): readonly ShownStatements[] {
  const runs: { fingerprint: string | undefined; statements: StatementReport[] }[] = [];
  for (const statement of statements) {
    const fingerprint = aboutRows.test(statement.tag ?? "") ? statement.fingerprint : undefined;
    const run = runs.at(-1);
    if (run !== undefined && fingerprint === run.fingerprint) run.statements.push(statement);
    else runs.push({ fingerprint, statements: [statement] });
  }
  return runs.map(({ fingerprint, statements: alike }) => {
    const shown = fingerprint === undefined ? alike : alike.slice(0, mostAlike);
    return { shown, more: alike.length - shown.length };
  });
}

/** Longer statements about rows are cut: what they begin with shows what they do. In characters. */
const longestRows = 4_000;

/** White space is what PostgreSQL takes for it: what JavaScript does beside that could be part of a name. */
const blanksAround = /^[ \t\n\r\f\v]+|(?<![ \t\n\r\f\v])[ \t\n\r\f\v]+$/g;

/**
 * A statement's text as it is to be read, and how many characters of it are left out.
 * @param limit in characters
 */
export function readable({ sql, tag }: StatementReport, limit: number): { readonly sql: string; readonly cut: number } {
  const text = sql.replaceAll(blanksAround, "");
  const most = aboutRows.test(tag ?? "") ? Math.min(limit, longestRows) : limit;
  return { sql: text.slice(0, most), cut: Math.max(0, text.length - most) };
}
