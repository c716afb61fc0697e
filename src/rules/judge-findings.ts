import type { Direction, Finding, Severity } from "../finding.ts";
import { optional } from "../optional.ts";
import { notInTransaction } from "../postgres/sql-states.ts";
import type { Node } from "../sql/syntax.ts";
import { withoutPasswords } from "../sql/without-passwords.ts";
import type { Allowance, AllowanceComments } from "./allowances.ts";
import type { RuleSetting } from "./policy.ts";
import type { JudgeOptions } from "./judgements.ts";
import { isAlone, toolCode } from "./tool-code.ts";
import type { Judgement, Rule, Step } from "./rule.ts";

/** What a rule says, as a finding that is not placed yet. */
export function findingOf(
  rule: Rule,
  judgement: Judgement,
  { node, sql: statement, effects, isFresh, inner, sent }: Step,
  setting: RuleSetting | undefined,
  { tool, outsideTransaction }: Pick<JudgeOptions, "tool" | "outsideTransaction">,
): Finding {
  const { message, help, fix, whole, later = [], relation, sqlState } = judgement;
  /** How the tool sends these, where that takes more than sending them. */
  const sentBy = (statements: readonly string[]): string | undefined => {
    const code = tool && toolCode(tool, statements);
    const alone = statements.filter(isAlone);
    if (code !== undefined || !outsideTransaction || (alone.length === 0 && sqlState !== notInTransaction)) return code;
    return `${alone.length > 1 ? "Put each into a migration of its own. " : ""}${outsideTransaction}`;
  };
  const severity = severityOf(judgement.severity ?? rule.severity, rule.severity, setting);
  const old = (names: Iterable<string>): readonly string[] => [...names].filter((name) => !isFresh(name));
  return {
    ruleId: rule.id,
    severity,
    title: rule.title,
    // It looks as if nothing were done.
    message: inner && /^explain\b/i.test(sent) ? `EXPLAIN ANALYZE runs what it explains. ${message}` : message,
    // What is announced is not always known.
    help: [
      fix === undefined ? help.replace(/:$/, ".") : whole ? help : help.replace(/:$/, restOf(node, statement, fix)),
      fix && terminated(fix),
      sentBy(fix ?? []),
      ...later.flatMap((stage) =>
        stage.fix.length === 0 ? [stage.help] : [stage.help, terminated(stage.fix), sentBy(stage.fix)],
      ),
    ]
      .filter((part) => part !== undefined)
      .join("\n\n"),
    ...optional("relation", relation),
    evidence: {
      source: judgement.observed ? "observed" : "static",
      locks: [...effects.locks].filter(([name]) => !isFresh(name)).map(([name, mode]) => ({ relation: name, mode })),
      rewrites: old(effects.rewrites),
      scans: old(effects.scans),
    },
  };
}

const terminated = (statements: readonly string[]): string =>
  statements.map((sql) => `${withoutPasswords(sql)};`).join("\n");

/** How a help goes on to its SQL where that is about one command of several. */
function restOf(node: Node, statement: string, fix: readonly string[]): string {
  const { cmds = [] } = "AlterTableStmt" in node ? node.AlterTableStmt : {};
  const isInPlace = fix.some((each) => /^\s*alter\s+table\b/i.test(each) && !each.includes(statement));
  if (cmds.length < 2 || !isInPlace) return ":";
  const drops = cmds.some((each) => "AlterTableCmd" in each && each.AlterTableCmd.subtype?.startsWith("AT_Drop"));
  return `, ${drops ? "after" : "apart from"} the rest of the ALTER TABLE:`;
}

/** What weighs less than usual still does so where a project sets the weight. */
function severityOf(own: Severity, usual: Severity, setting: RuleSetting | undefined): Severity {
  if (setting === undefined || setting === "off") return own;
  return own === usual || weights.indexOf(setting) < weights.indexOf(own) ? setting : own;
}

const weights: readonly Severity[] = ["info", "warning", "error"];

/** A finding with where its statement is. @param rows the lines of its file */
export function placed(
  finding: Finding,
  { line, sql }: Pick<Step, "line" | "sql">,
  file: string,
  direction: Direction,
  rows: readonly string[],
): Finding {
  const column = line === undefined ? undefined : columnOf(rows[line - 1], sql);
  return {
    ...finding,
    direction,
    file,
    ...optional("line", line),
    ...optional("column", column),
    statement: withoutPasswords(sql),
  };
}

/** Where the statement begins in its line: where its first line stands, or, of an operation in a program, where that does. */
function columnOf(row: string | undefined, sql: string): number | undefined {
  if (row === undefined) return undefined;
  const begins = row.indexOf(sql.split(/\r\n|\n|\r/, 1)[0] ?? "");
  return (begins === -1 ? row.search(/\S|$/) : begins) + 1;
}

/** What is wrong with the allowances of a file, and which of them allow nothing. */
export function allowanceFindings(
  file: string,
  { valid, invalid }: AllowanceComments,
  used: ReadonlySet<Allowance>,
): readonly Finding[] {
  return [
    ...invalid.map(({ line, problem }): Finding => ({
      ruleId: "invalid-allowance",
      severity: "error",
      title: "An allowance cannot be used",
      message: problem,
      help: "Write `headgate: allow rule-id: reason` in a comment on the line before the statement.",
      file,
      ...optional("line", line),
    })),
    ...valid
      .filter((allowance) => !used.has(allowance))
      .map(({ ruleId, line, targetLine }): Finding => ({
        ruleId: "unused-allowance",
        severity: "warning",
        title: "An allowance allows nothing",
        message:
          targetLine === undefined
            ? `Nothing in the file does what ${ruleId} reports.`
            : `The statement after it does nothing that ${ruleId} reports.`,
        help: "Remove the allowance.",
        file,
        ...optional("line", line),
      })),
  ].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
