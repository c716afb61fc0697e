/** What says that a rule may fire on a statement: a comment of the migration, or an entry of the configuration. */
export interface Allowance {
  readonly ruleId: string;
  readonly reason: string;
  /** The line of the comment; 1-based. Absent: the configuration says it. */
  readonly line?: number;
  /** The line of the statement or operation that follows; absent: it holds for the whole file. */
  readonly targetLine?: number;
}

/** The allowances in the comments of a file. */
export interface AllowanceComments {
  readonly valid: readonly Allowance[];
  /** What looks like one and is none, with the sentence that says why. */
  readonly invalid: readonly { readonly line: number; readonly problem: string }[];
}

/** How a language writes comments, and what begins the part of a file that migrates. */
interface Language {
  readonly comment: RegExp;
  readonly marker: RegExp;
  /** An allowance behind code, in a line without its strings. */
  readonly trailing: RegExp;
  /** A comment above the first such line is at the top of the file and holds for all of it. Absent: there is no such place. */
  readonly body?: RegExp;
  /** Where the way back begins. */
  readonly down?: RegExp;
}

const sql: Language = {
  comment: /^\s*(?:--|\/\*.*\*\/\s*$)/,
  marker: /^\s*(?:--+|\/\*+)\s*headgate\s*:\s*(.*?)\s*(?:\*\/)?$/i,
  trailing: /(?:--|\/\*)\s*headgate\s*:\s*allow\b/i,
};
const python: Language = {
  trailing: /#\s*headgate\s*:\s*allow\b/i,
  comment: /^\s*#/,
  marker: /^\s*#+\s*headgate\s*:\s*(.*)$/i,
  body: /^(?:async\s+)?(?:def|class)\s/,
  down: /^\s*(?:async\s+)?def\s+downgrade\b/,
};
const script: Language = {
  trailing: /\/[/*]\s*headgate\s*:\s*allow\b/i,
  comment: /^\s*(?:\/\/|\/\*|\*)/,
  marker: /^\s*(?:\/\/+|\/?\*+)\s*headgate\s*:\s*(.*?)\s*(?:\*\/)?$/i,
  body: /\bclass\b.*\{/,
  down: /^\s*(?:override\s+)?(?:async\s+)?down\s*[(=]/,
};

const languageOf = (file: string): Language =>
  /\.py$/i.test(file) ? python : /\.[cm]?[jt]sx?$/i.test(file) ? script : sql;

const allowance = /^allow\s+([A-Za-z0-9-]+)\s*(?::\s*(.*))?$/;

/**
 * Finds the allowances of a file: in the comments directly before the statements or operations that begin at certain lines,
 * or, in Python and TypeScript, at its top.
 * @param linesOf those lines; asked for where there is an allowance
 * @param wentDown whether the way back was taken: if not, nothing is said of what is allowed on it
 */
export function allowanceComments(
  file: string,
  text: string,
  linesOf: () => ReadonlySet<number>,
  isKnown: (ruleId: string) => boolean,
  wentDown = true,
): AllowanceComments {
  const valid: Allowance[] = [];
  const invalid: { line: number; problem: string }[] = [];
  if (!/headgate\s*:/i.test(text)) return { valid, invalid };
  const lines = linesOf();
  const language = languageOf(file);
  const rows = text.split(/\r\n|\n|\r/);
  const body = language.body ? rows.findIndex((row) => language.body?.test(row)) + 1 : 0;
  const down = wentDown ? -1 : rows.findIndex((row) => language.down?.test(row));
  for (const [index, row] of rows.entries()) {
    const line = index + 1;
    if (down !== -1 && index > down) break;
    const said = language.marker.exec(row)?.[1]?.trim();
    if (
      said === undefined &&
      !language.comment.test(row) &&
      language.trailing.test(row.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, ""))
    )
      invalid.push({ line, problem: "This allowance stands behind code, where it allows nothing." });
    // What is said about the whole revision is for the replay to read.
    if (said === undefined || /^(?:one-way|repeat)\b/i.test(said)) continue;
    const [, ruleId, given = ""] = allowance.exec(said) ?? [];
    const reason = given.trim();
    if (ruleId === undefined) invalid.push({ line, problem: `Headgate does not understand this comment: ${said}` });
    else if (!isKnown(ruleId)) invalid.push({ line, problem: `There is no rule ${ruleId}.` });
    else if (reason === "") invalid.push({ line, problem: `The allowance of ${ruleId} gives no reason.` });
    else if (line < body && !lines.has(nextCode(rows, line, language))) valid.push({ ruleId, reason, line });
    else valid.push({ ruleId, reason, line, targetLine: nextCode(rows, line, language) });
  }
  return { valid, invalid };
}

/** The first line after this one that is neither blank nor a comment; 1-based. */
function nextCode(rows: readonly string[], line: number, { comment }: Language): number {
  let next = line;
  while (next < rows.length && (rows[next]?.trim() === "" || comment.test(rows[next] ?? ""))) next += 1;
  return next + 1;
}
