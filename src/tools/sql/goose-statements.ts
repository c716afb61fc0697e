import type { Direction } from "../../finding.ts";
import { openDollarQuote } from "../../sql/scan-statements.ts";
import { type Piece, ScriptError } from "./layout.ts";

const annotations = new Set([
  "up",
  "down",
  "statementbegin",
  "statementend",
  "no transaction",
  "envsub on",
  "envsub off",
]);

/**
 * What goose sends for one direction of a file, read line by line as goose does: a line that ends with a semicolon ends
 * a statement, except between `StatementBegin` and `StatementEnd`.
 * @throws ScriptError where goose would refuse the file
 */
export function gooseStatements(
  text: string,
  file: string,
  direction: Direction,
  environment: Readonly<Record<string, string>>,
): { readonly transaction: boolean; readonly pieces: readonly Piece[] } {
  const pieces: Piece[] = [];
  let section: Direction | undefined;
  let block = false;
  let substitute = false;
  let transaction = true;
  let statement: { lines: string[]; line: number } | undefined;
  const refuse = (why: string, line?: number): never => {
    throw new ScriptError(`goose refuses ${file}${line === undefined ? "" : `:${line}`}: ${why}.`, file, line);
  };
  const finish = (): void => {
    if (statement && section === direction) {
      const sql = statement.lines.join("\n").trim();
      if (openDollarQuote(sql) !== undefined) throw cutInside("goose", file, statement.line);
      pieces.push({ sql, line: statement.line });
    }
    statement = undefined;
  };
  const unfinished = (): void => {
    // goose only reads the direction it runs.
    if (section === direction && statement && statement.lines.join("").trim() !== "")
      refuse("a statement is not ended by a semicolon at the end of a line", statement.line);
    statement = undefined;
  };

  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const annotation = annotationOf(content);
    if (annotation !== undefined && (/^\s/.test(content) || !annotations.has(annotation)))
      refuse(`"${content.trim()}" is no annotation that goose knows at the beginning of a line`, line);
    switch (annotation) {
      case "up":
        if (section !== undefined) refuse('there is more than one "-- +goose Up"', line);
        section = "up";
        continue;
      case "down":
        if (section !== "up" || block) refuse('"-- +goose Down" must follow "-- +goose Up" once', line);
        unfinished();
        section = "down";
        continue;
      case "statementbegin":
        if (section === undefined || block) refuse('"-- +goose StatementBegin" is not expected here', line);
        block = true;
        continue;
      case "statementend":
        if (!block) refuse('"-- +goose StatementEnd" has no "-- +goose StatementBegin"', line);
        block = false;
        finish();
        continue;
      case "no transaction":
        transaction = false;
        continue;
      case "envsub on":
      case "envsub off":
        substitute = annotation.endsWith("on");
        continue;
    }
    if (!statement && (content === "" || content.trimStart().startsWith("--"))) continue;
    if (section === undefined) {
      if (content.trim() === "") continue;
      refuse('it must begin with "-- +goose Up"', line);
    }
    // White space alone begins a statement for goose too, but no one wants to read that it begins there.
    if (!statement && content.trim() === "") continue;
    statement ??= { lines: [], line };
    statement.lines.push(substitute ? withVariables(content, environment) : content);
    if (!block && endsStatement(content)) finish();
  }
  if (section === undefined) refuse('it has no "-- +goose Up"');
  if (block) refuse('a "-- +goose StatementBegin" has no "-- +goose StatementEnd"');
  unfinished();
  return { transaction, pieces };
}

function annotationOf(line: string): string | undefined {
  if (!line.trimStart().startsWith("--") || !line.includes("+goose")) return undefined;
  return line.replaceAll("--", "").replace("+goose", "").trim().toLowerCase();
}

/** That a tool ends a statement at a semicolon inside a body, which no server takes. */
export const cutInside = (tool: "goose" | "sql-migrate", file: string, line: number): ScriptError => {
  const mark = tool === "goose" ? "-- +goose" : "-- +migrate";
  return new ScriptError(
    `${tool} cuts the statement at ${file}:${line} at a semicolon inside its body; write "${mark} StatementBegin" above it and "${mark} StatementEnd" below it.`,
    file,
    line,
  );
};

/** Whether a line ends a statement for goose and sql-migrate: with a semicolon, behind which only a comment may come. */
export function endsStatement(line: string): boolean {
  let last = "";
  for (const word of line.trim().split(/\s+/)) {
    if (word.startsWith("--")) break;
    last = word;
  }
  return last.endsWith(";");
}

function withVariables(line: string, environment: Readonly<Record<string, string>>): string {
  return line.replace(
    /\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)/g,
    (_, braced: string | undefined, fallback: string | undefined, plain: string | undefined) =>
      environment[braced ?? plain ?? ""] ?? fallback ?? "",
  );
}
