/** A comment that says that a rule may fire on the statement after it. */
export interface Allowance {
  readonly ruleId: string;
  readonly reason: string;
  /** Its own line, and that of its statement; 1-based. */
  readonly line: number;
  readonly statementLine: number;
}

/** The allowances of a file. */
export interface Allowances {
  readonly valid: readonly Allowance[];
  /** What looks like one and is none, with the sentence that says why. */
  readonly invalid: readonly { readonly line: number; readonly problem: string }[];
}

const comment = /^\s*--/;
const marker = /^\s*--+\s*headgate\s*:\s*(.*)$/i;
const allowance = /^allow\s+([A-Za-z0-9-]+)\s*(?::\s*(.*))?$/;

/** Finds the allowances in the comments directly before the statements that begin at these lines. */
export function allowancesBefore(
  text: string,
  statementLines: readonly number[],
  ruleIds: readonly string[],
): Allowances {
  if (!/headgate\s*:/i.test(text)) return { valid: [], invalid: [] };
  const lines = text.split(/\r\n|\n|\r/);
  const known = new Set(ruleIds);
  const seen = new Set<number>();
  const valid: Allowance[] = [];
  const invalid: { line: number; problem: string }[] = [];
  for (const statementLine of new Set(statementLines))
    for (let line = statementLine - 1; line > 0; line -= 1) {
      const content = lines[line - 1] ?? "";
      if (!comment.test(content) && content.trim() !== "") break;
      const said = marker.exec(content)?.[1]?.trim();
      // What is said about the whole revision is for the replay to read.
      if (said === undefined || seen.has(line) || /^one-way\b/i.test(said)) continue;
      seen.add(line);
      const [, ruleId, reason = ""] = allowance.exec(said) ?? [];
      if (ruleId === undefined) invalid.push({ line, problem: `Headgate does not understand this comment: ${said}` });
      else if (!known.has(ruleId)) invalid.push({ line, problem: `There is no rule ${ruleId}.` });
      else if (reason.trim() === "") invalid.push({ line, problem: `The allowance of ${ruleId} gives no reason.` });
      else valid.push({ ruleId, reason: reason.trim(), line, statementLine });
    }
  return { valid, invalid };
}
