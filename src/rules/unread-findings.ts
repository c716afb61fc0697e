import type { Direction, Finding } from "../finding.ts";
import { optional } from "../optional.ts";
import { maxParsedLength } from "../sql/parser.ts";
import { placed } from "./judge-findings.ts";
import type { JudgedFinding } from "./judgements.ts";
import type { UnreadStatement } from "./walk.ts";

/**
 * The findings for statements of a script that the parser refuses, or cannot take. Of a template one says it for all: each by
 * itself would be called a mistake, and is none.
 * @param rows the lines of its file
 */
export function unreadFindings(
  unread: readonly UnreadStatement[],
  file: string,
  direction: Direction,
  rows: readonly string[],
): readonly JudgedFinding[] {
  const templates = new Set(unread.filter(({ sql, problem }) => problem !== undefined && tagIn(sql) !== undefined));
  const [first] = templates;
  return unread.flatMap((statement) => {
    if (statement !== first && templates.has(statement)) return [];
    const words = statement === first ? templateWords(first, templates.size) : wordsOf(statement);
    // Nobody is shown millions of characters.
    const sql = statement.sql.length > maxParsedLength ? `${statement.sql.slice(0, 200)} …` : statement.sql;
    const finding: Finding = { ruleId: "unparsed-statement", severity: "error", ...words };
    const at = { sql, ...optional("line", statement.line) };
    return { finding: placed(finding, at, file, direction, rows), sent: statement.sql };
  });
}

type Words = Pick<Finding, "title" | "message" | "help">;

function wordsOf({ sql, problem }: UnreadStatement): Words {
  return problem === undefined
    ? {
        title: "A statement is too long to be judged",
        message: `This statement has ${(sql.length / 1e6).toFixed(1)} million characters; one of more than ${maxParsedLength / 1e6} million is not parsed, and nothing of it was judged.`,
        help: "Split it into several statements, or load the rows by other means than a migration.",
      }
    : {
        title: "A statement cannot be read",
        message: `PostgreSQL's parser refuses this statement: ${problem}. Nothing is known of what it does.`,
        help: "Correct the statement, or take out of the file what is no SQL, such as commands of psql.",
      };
}

function templateWords({ sql }: UnreadStatement, count: number): Words {
  const tag = tagIn(sql) ?? "";
  const [which, what] =
    count === 1 ? ["one of its statements holds", "it does"] : [`${count} of its statements hold`, "they do"];
  return {
    title: "A template cannot be read",
    message: `This file is a template, which a program fills in before PostgreSQL sees it: ${which} what is no SQL, the first \`${tag}\`. Nothing is known of what ${what}.`,
    help: "Let that program write the SQL to a file, and judge that: `headgate lint FILE`.",
  };
}

/** The first tag of a template: `{{ … }}`, `{% … %}`, `<% … %>` or `${…}`, in one line. */
const tagIn = (sql: string): string | undefined =>
  /\{\{[^{}\n]{1,80}\}\}|\{%[^{}%\n]{1,80}%\}|<%[^<>%\n]{1,80}%>|\$\{[^{}\n]{1,80}\}/.exec(sql)?.[0];
