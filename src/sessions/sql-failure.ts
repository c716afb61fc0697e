import { DatabaseError } from "pg";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import { isLineEnd, splitStatements } from "../sql/split-statements.ts";
import type { Revision } from "../history.ts";
import { type Layout, type Piece, type Script, ScriptError } from "../tools/sql/layout.ts";
import { withoutPasswords } from "../sql/without-passwords.ts";
import type { StepFailure } from "./session.ts";
import type { SimpleQueryError } from "./simple-query.ts";

/** A failed step on its way out of the functions that take it. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly failure: StepFailure;

  constructor(failure: StepFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Longer statements are cut in the report: the file has them whole. */
const shownLength = 2_000;

/** The failure of a piece of a migration: what PostgreSQL said, of which statement, at which line of the file. */
export function pieceFailure(revision: string, script: Script, piece: Piece, failed: SimpleQueryError): StepFailure {
  const { error, completed, askedForCopy } = failed;
  if (!(error instanceof DatabaseError)) return diedFailure(revision, error);
  const position = error.position === undefined ? undefined : codeUnitAt(piece.sql, Number(error.position));
  const statements = splitStatements(piece.sql);
  const index =
    position === undefined
      ? completed
      : statements.findIndex(({ offset, sql }) => position >= offset && position < offset + sql.length);
  const statement = statements[index] ?? statements.at(-1);
  const lineInPiece = position === undefined ? statement?.line : lineAt(piece.sql, position);
  const line = lineInPiece === undefined ? undefined : piece.line + lineInPiece - 1;
  return {
    kind: "sql",
    message: explain(error, piece.sql, position, askedForCopy, statements[index - 1]?.sql),
    revision,
    ...(statement === undefined ? {} : { statement: shorten(withoutLeadingComments(statement.sql).trimEnd()) }),
    ...(error.code === undefined ? {} : { sqlState: error.code }),
    file: script.file,
    ...(line === undefined ? {} : { line }),
  };
}

/** The failure of a statement that the tool adds, such as `COMMIT` or the row in its version table. */
export function bookkeepingFailure(revision: string, file: string, statement: string, error: unknown): StepFailure {
  if (!(error instanceof DatabaseError)) return diedFailure(revision, error);
  const sqlState = error.code === undefined ? {} : { sqlState: error.code };
  return { kind: "sql", message: `${sentence(error)}${detail(error)}`, revision, statement, ...sqlState, file };
}

/** The failure of a file that its tool would not accept. */
export function scriptFailure(revision: string, { message, file, line }: ScriptError): StepFailure {
  return { kind: "code", message, revision, file, ...(line === undefined ? {} : { line }) };
}

/** The tool finds no version table any more: what a new connection has for `search_path` begins with another schema. */
export function forgottenFailure(
  revision: Revision,
  { title, versionTable }: Layout,
  was: string,
  is: string,
): StepFailure {
  const message = `${title} keeps what it applied in \`${versionTable?.name}\` of the first schema in search_path. That was \`${was}\`, and connections that begin now have \`${is}\`: it finds none there, and would begin again with the first migration.`;
  const help = `Set search_path for the roles of the application alone, or say it in the URL that ${title} is given.`;
  return { kind: "code", message, revision: revision.id, file: revision.file, help };
}

function diedFailure(revision: string, error: unknown): StepFailure {
  const reason = error instanceof Error ? ` (${error.message})` : "";
  return { kind: "died", message: `The connection to PostgreSQL ended during the migration${reason}.`, revision };
}

function explain(
  error: DatabaseError,
  sql: string,
  position: number | undefined,
  askedForCopy: boolean,
  previous: string | undefined,
): string {
  const isSyntaxError = error.code === "42601";
  const command = isSyntaxError && position !== undefined && /^\\\S*/.exec(sql.slice(position, position + 40))?.[0];
  if (askedForCopy || (isSyntaxError && previous !== undefined && /\bcopy\b[^;]*\bfrom\s+stdin\b/i.test(previous)))
    return "COPY … FROM STDIN takes its rows from psql, not from a migration file. Write them as INSERT statements.";
  if (command)
    return `${command} is a command of psql, which this tool does not run the file with. Write what it does as SQL.`;
  return `${sentence(error)}${detail(error)}${error.hint ? ` ${withStop(error.hint)}` : ""}`;
}

const sentence = ({ message }: Error): string => withStop(message);
/** Data exceptions and integrity violations, whose details show rows: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const showsRows = /^2[23]/;
// A detail may list every object that depends on one.
const detail = (error: DatabaseError): string => {
  if (showsRows.test(error.code ?? "")) return "";
  const [first, second, ...more] = error.detail?.split("\n") ?? [];
  if (!first) return "";
  return ` ${withStop([first, second].filter(Boolean).join("; "))}${more.length > 0 ? ` And ${more.length} more.` : ""}`;
};
const withStop = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
/** What is cut within a secret would not be known as one. */
const shorten = (sql: string): string =>
  sql.length > shownLength ? `${withoutPasswords(sql).slice(0, shownLength)} …` : sql;

/** PostgreSQL counts characters, from 1; JavaScript counts UTF-16 code units, from 0. */
function codeUnitAt(text: string, character: number): number {
  let units = 0;
  for (let left = character - 1; left > 0 && units < text.length; left -= 1)
    units += (text.codePointAt(units) as number) > 0xffff ? 2 : 1;
  return units;
}

function lineAt(text: string, position: number): number {
  let line = 1;
  for (let index = 0; index < position; index += 1) if (isLineEnd(text, index)) line += 1;
  return line;
}
