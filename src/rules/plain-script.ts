import { outsideTransaction } from "../schema/outside-transaction.ts";
import { parseScript } from "../sql/parse-script.ts";
import type { MigrationScript } from "./walk.ts";

/**
 * A file of no known tool: one transaction, unless it has a word of its own about transactions or holds a statement that
 * cannot run in one. Then each statement is sent alone, as psql does.
 */
export function plainScript(file: string, text: string): MigrationScript {
  const statements = parseScript(text);
  const alone = statements.some(
    (statement) =>
      statement.kind === "parsed" &&
      ("TransactionStmt" in statement.node || outsideTransaction(statement.node) !== undefined),
  );
  const pieces = alone ? statements.map(({ sql, line }) => ({ sql, line })) : [{ sql: text, line: 1 }];
  return { file, text, transaction: !alone, pieces };
}
