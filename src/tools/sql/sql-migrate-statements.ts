import type { Direction } from "../../finding.ts";
import { cutInside, endsStatement } from "./goose-statements.ts";
import { openDollarQuote } from "../../sql/scan-statements.ts";
import { type Piece, ScriptError } from "./layout.ts";

const command = /^-- \+migrate (.*)$/;

/**
 * What sql-migrate sends for one direction of a file, read line by line as it does: a line that ends with a semicolon ends
 * a statement, except between `StatementBegin` and `StatementEnd`; lines that begin with `-- ` are left out.
 * @throws ScriptError where sql-migrate would refuse the file
 */
export function sqlMigrateStatements(
  text: string,
  file: string,
  direction: Direction,
): { readonly transaction: boolean; readonly pieces: readonly Piece[] } {
  const pieces: Piece[] = [];
  let section: Direction | undefined;
  let block: number | undefined;
  let transaction = true;
  let lines: string[] = [];
  let start = 1;
  const refuse = (why: string, line?: number): never => {
    throw new ScriptError(`sql-migrate refuses ${file}${line === undefined ? "" : `:${line}`}: ${why}.`, file, line);
  };
  const finish = (next: number): void => {
    const blank = Math.max(
      lines.findIndex((line) => line.trim() !== ""),
      0,
    );
    const sql = lines.slice(blank).join("\n").trimEnd();
    if (section === direction && openDollarQuote(sql) !== undefined)
      throw cutInside("sql-migrate", file, start + blank);
    if (section === direction && sql !== "") pieces.push({ sql, line: start + blank });
    lines = [];
    start = next;
  };
  const unfinished = (): void => {
    const blank = lines.findIndex((line) => line.trim() !== "");
    if (blank !== -1) refuse("a statement is not ended by a semicolon at the end of a line", start + blank);
  };

  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const [, words] = command.exec(content) ?? [];
    const [name, ...options] = (words ?? "").trim().split(/\s+/);
    if (words !== undefined && name === "") refuse('"-- +migrate" names no command', line);
    if (name === "Up" || name === "Down") {
      unfinished();
      section = name === "Up" ? "up" : "down";
      lines = [];
      start = line + 1;
      if (section === direction && options.includes("notransaction")) transaction = false;
      continue;
    }
    if (section === undefined) continue;
    if (name === "StatementBegin") block = line;
    const closes = name === "StatementEnd" && block !== undefined;
    if (name === "StatementEnd") block = undefined;
    // An empty line stands for what is left out, so that lines stay those of the file.
    lines.push(content.startsWith("-- ") ? "" : content);
    if (closes || (block === undefined && !content.startsWith("-- ") && endsStatement(content))) finish(line + 1);
  }
  if (block !== undefined) refuse('"-- +migrate StatementBegin" has no "-- +migrate StatementEnd"', block);
  if (section === undefined) refuse('it has no "-- +migrate Up" and no "-- +migrate Down"');
  unfinished();
  return { transaction, pieces };
}
