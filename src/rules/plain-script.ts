import { outsideTransaction } from "../schema/outside-transaction.ts";
import { parseScript, type ScriptStatement } from "../sql/parse-script.ts";
import { transactionBoundary } from "../sql/transaction-boundary.ts";
import type { MigrationScript, Piece } from "./walk.ts";

/**
 * A file of no known tool: one transaction, unless it begins or ends one itself or holds a statement that
 * cannot run in one. Then each statement is sent alone, as psql does.
 */
export function plainScript(file: string, text: string): MigrationScript {
  const statements = parseScript(text);
  const alone = statements.some(
    (statement) =>
      statement.kind === "parsed" &&
      (transactionBoundary(statement.node) !== undefined || outsideTransaction(statement.node) !== undefined),
  );
  const pieces = alone ? statements.map(pieceOf) : [{ sql: text, line: 1, statements }];
  return { file, text, transaction: !alone, pieces };
}

/** A statement that is sent alone. What is no statement by itself is parsed again, as the server would. */
function pieceOf(statement: ScriptStatement): Piece {
  const { kind, sql, line } = statement;
  return { sql, line, ...(kind === "parsed" ? { statements: [{ ...statement, offset: 0, line: 1, column: 1 }] } : {}) };
}
