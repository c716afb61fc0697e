import type { AllowedFinding } from "../finding.ts";
import { optional } from "../optional.ts";
import type { Allowance } from "./allowances.ts";
import { type AskedRule, type AskedRules, looksAt } from "./asked-rules.ts";
import type { ConfiguredAllowances } from "./configured-allowances.ts";
import { findingOf, placed } from "./judge-findings.ts";
import type { JudgedFinding, JudgeOptions } from "./judgements.ts";
import type { Judgement, Migration, Step } from "./rule.ts";
import { unreadFindings } from "./unread-findings.ts";
import type { WalkedScript } from "./walk-scripts.ts";

/** A finding, and what would settle it later in the history. */
export interface PendingFinding extends JudgedFinding {
  readonly unless?: Judgement["unless"];
}

/** What a script is judged by, and where what is allowed goes. */
export interface ScriptJudging {
  readonly options: Pick<JudgeOptions, "majors" | "observe" | "tool" | "outsideTransaction">;
  readonly asked: AskedRules;
  readonly configured: ConfiguredAllowances;
  /** The allowances in the comments of its file. */
  readonly comments: readonly Allowance[];
  /** Receives those that allow something. */
  readonly used: Set<Allowance>;
  readonly allowed: AllowedFinding[];
}

/** What the rules say of one script, allowances considered. @param number which migration of the history it is */
export function judgeScript(
  { script: { file, text, apartSince, pieces }, direction, steps, unread }: WalkedScript,
  { number, revision }: { readonly number: number; readonly revision?: string },
  { options, asked, configured, comments, used, allowed }: ScriptJudging,
): readonly PendingFinding[] {
  const { majors, observe } = options;
  const migration = {
    number,
    ...optional("revision", revision),
    file,
    direction,
    steps,
    majors,
    ...optional("apartSince", apartSince),
  };
  let rows: readonly string[] | undefined;
  const lines = (): readonly string[] => (rows ??= text.split(/\r\n|\n|\r/));
  const askedOf = asked.in(file);
  const allowedByConfiguration = configured.in(file);
  const pending: PendingFinding[] = unread.length === 0 ? [] : [...unreadFindings(unread, file, direction, lines())];
  const blockOf = ({ index }: Step): Step | undefined => steps.findLast((each) => each.index < index && !each.inner);
  // An operation of a program may send several statements; of SQL, several may stand in a line, of which one is meant.
  const isProgram = pieces.some(({ fromOperation }) => fromOperation);
  const covered = new Map<Allowance, Step>();
  const reasonFor = (ruleId: string, step: Step): string | undefined => {
    const outer = (step.inner && blockOf(step)) || step;
    const comment = comments.find((each) => {
      const { ruleId: allowedRule, targetLine = step.line } = each;
      if (allowedRule !== ruleId) return false;
      // What stands before a block is said of all that is in it.
      if (targetLine !== outer.line) return targetLine === step.line;
      return isProgram || each.targetLine === undefined || (covered.get(each) ?? outer) === outer;
    });
    if (!comment) return allowedByConfiguration(ruleId)?.reason;
    used.add(comment);
    covered.set(comment, outer);
    return comment.reason;
  };
  const refused = new Set<Step>();
  /** What is not so where PostgreSQL refuses the statement: it holds no lock, and touches no row. */
  const untrue = new Set<PendingFinding>();
  /** What is said once for a transaction is allowed for all of it. */
  const settled = new Set<string>();
  for (const step of steps)
    for (const { rule, setting } of askedOf(step))
      for (const judgement of judgementsOf(rule, step, migration, observe)) {
        const at = judgement.step ?? step;
        const inTransaction = `${rule.id} ${at.transaction?.id}`;
        if (rule.givesWay && at.transaction && settled.has(inTransaction)) continue;
        const reason = reasonFor(rule.id, at);
        if (reason !== undefined) {
          settled.add(inTransaction);
          allowed.push({ ruleId: rule.id, reason, file, ...optional("line", at.line) });
          continue;
        }
        const found = {
          finding: placed(findingOf(rule, judgement, at, setting, options), at, file, direction, lines()),
          sent: at.sent,
          step: at,
          ...optional("unless", judgement.unless),
        };
        if (judgement.sqlState !== undefined) refused.add(at);
        else if (rule.effect.lock || found.finding.severity === "info") untrue.add(found);
        pending.push(found);
      }
  return refused.size === 0
    ? pending
    : pending.filter((found) => !(untrue.has(found) && found.step && refused.has(found.step)));
}

/** What a rule says of a statement: of its text, and where a server was asked, of what that said. */
function judgementsOf(
  rule: AskedRule["rule"],
  step: Step,
  migration: Migration,
  observe: JudgeOptions["observe"],
): Iterable<Judgement> {
  if (!observe) return rule.check(step, migration);
  return [...(looksAt(rule, step) ? rule.check(step, migration) : []), ...observe(rule, step, migration)];
}
