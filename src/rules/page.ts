import { blockedBy } from "../postgres/blocked-by.ts";
import { supportedMajors } from "../postgres/supported-majors.ts";
import type { Rule, Stage } from "./rule.ts";
import { toolCode } from "./tool-code.ts";

/** The fixtures of a rule, which its page shows. */
export interface RuleExamples {
  readonly bad: string;
  readonly good: string;
  /** What the rule advises for the first statement of `bad` that it reports. */
  readonly fix?: readonly string[];
  /** What comes after that. */
  readonly later?: readonly Stage[];
}

/** What the servers of these majors show of a statement; names as lists. */
export interface RuleEvidence {
  readonly majors: readonly number[];
  readonly locks: string;
  readonly rewrites: string;
  readonly scans: string;
}

/** The page of a rule, in Markdown. */
export function rulePage(
  rule: Rule,
  { bad, good, fix, later = [] }: RuleExamples,
  evidence: readonly RuleEvidence[] = [],
): string {
  const { id, title, severity, effect, remedy, harmless, source, appliesTo } = rule;
  const facts = [
    ...(effect.lock === undefined
      ? []
      : [
          `Takes ${/^[AE]/.test(effect.lock) ? "an" : "a"} ${effect.lock} lock, which blocks ${blockedBy(effect.lock)}.`,
        ]),
    ...(effect.rewrite ? ["Writes the whole table again."] : []),
    ...(effect.scan ? ["Reads the whole table while it holds the lock."] : []),
    effect.consequence,
  ];
  return [
    `# ${title}`,
    `\`${id}\` · ${severity}${appliesTo ? ` · PostgreSQL ${versions(appliesTo)}` : ""}`,
    facts.map((fact) => `- ${fact}`).join("\n"),
    "## Instead",
    remedy,
    ...(harmless === undefined ? [] : ["## Not reported", harmless]),
    "## Reported",
    `\`\`\`sql\n${bad.trim()}\n\`\`\``,
    ...(evidence.length === 0
      ? []
      : ["What PostgreSQL shows of the first statement that is reported:", table(evidence)]),
    "## Safe",
    `\`\`\`sql\n${good.trim()}\n\`\`\``,
    ...(fix === undefined ? [] : fixSection(fix, later)),
    "## Source",
    `[PostgreSQL ${source.version}: ${source.section}](${source.url}). Locks, rewrites and scans of both examples are compared with what PostgreSQL ${span(supportedMajors)} show.`,
    "To accept one statement, write before it (`//` in TypeScript, `#` in Python):",
    `\`\`\`sql\n-- headgate: allow ${id}: reason\n\`\`\``,
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

function table(evidence: readonly RuleEvidence[]): string {
  const rows = evidence.map(
    ({ majors, locks, rewrites, scans }) => `| ${span(majors)} | ${locks} | ${rewrites} | ${scans} |`,
  );
  return ["| PostgreSQL | locks held | written again | read whole |", "|---|---|---|---|", ...rows].join("\n");
}

function span(majors: readonly number[]): string {
  const [first, last] = [majors[0], majors.at(-1)];
  return majors.length > 1 && Number(last) - Number(first) === majors.length - 1
    ? `${first} to ${last}`
    : majors.join(", ");
}

/** The advice as SQL, and as a migration of each tool where that takes more. */
function fixSection(fix: readonly string[], later: readonly Stage[]): readonly string[] {
  return [
    "## Advice for the first statement",
    ...statements(fix),
    ...later.flatMap((stage) => [stage.help, ...(stage.fix.length === 0 ? [] : statements(stage.fix))]),
  ];
}

/** Statements as SQL, and as a migration of each tool where that takes more. */
function statements(fix: readonly string[]): readonly string[] {
  const programs = [
    ["python", toolCode("alembic", fix)],
    ["ts", toolCode("mikro-orm", fix)],
  ] as const;
  return [
    `\`\`\`sql\n${fix.map((sql) => `${sql};`).join("\n")}\n\`\`\``,
    ...programs.flatMap(([language, code]) => {
      const [words, ...lines] = code?.split("\n\n") ?? [];
      return words === undefined ? [] : [words, `\`\`\`${language}\n${lines.join("\n\n")}\n\`\`\``];
    }),
  ];
}

function versions({ from, to }: { readonly from?: number; readonly to?: number }): string {
  if (from !== undefined && to !== undefined) return `${from} to ${to}`;
  return from === undefined ? `up to ${to}` : `${from} and later`;
}
