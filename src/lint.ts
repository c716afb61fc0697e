import type { LintProjects } from "./gate/history-inputs.ts";
import type { LintVerdict } from "./lint-verdict.ts";
import { optional } from "./optional.ts";
import { supportedMajors } from "./postgres/supported-majors.ts";
import { judgeMigrations } from "./rules/judge.ts";
import type { Judgements, MigrationInput } from "./rules/judgements.ts";
import { configuredAllowances } from "./rules/configured-allowances.ts";
import { defaultRuleSettings, type RuleSettings } from "./rules/policy.ts";
import { plainScript } from "./rules/plain-script.ts";
import { rules } from "./rules/registry.ts";
import { withoutSaidAlready } from "./rules/said-already.ts";
import type { Settings } from "./schema/settings.ts";
import { loadParser } from "./sql/parser.ts";
import { withEstimates } from "./stats/estimate.ts";
import type { Statistics } from "./stats/statistics.ts";
import { version } from "./version.ts";

/** A file to judge. */
export interface LintFile {
  /** As it is named in findings. */
  readonly path: string;
  readonly text: string;
  /** Where it lies, an absolute path: where that is a project's, it is judged as the project's tool runs it. */
  readonly absolute?: string;
}

/** How to judge. */
export interface LintOptions {
  /** The majors of PostgreSQL that the migrations may meet. Default: all that are supported. */
  readonly majors?: readonly number[];
  /** What is set when a migration begins, for example `lock_timeout` by its runner. */
  readonly settings?: Settings;
  /** How large production's tables are, for estimates. */
  readonly statistics?: Statistics;
  /** The lightest finding that fails. Default `error`. */
  readonly failOn?: "error" | "warning";
}

/** What to judge. */
export interface LintScope {
  readonly projects?: LintProjects;
  /** Files of no project: one history, in this order. */
  readonly loose?: readonly LintFile[];
  /** What the configuration says of the rules. */
  readonly policy?: RuleSettings;
}

/** Judges migrations from their text alone; needs no database. */
export async function lint(options: LintScope & LintOptions): Promise<LintVerdict> {
  await loadParser();
  const configured = configuredAllowances(options.policy ?? defaultRuleSettings);
  const judging = {
    rules,
    configured,
    majors: options.majors ?? supportedMajors,
    settings: options.settings ?? {},
    ...optional("policy", options.policy),
  };
  // Loaded when it is needed: files that belong to no project are judged without a word about tools.
  const projects = options.projects && (await import("./lint-projects.ts")).lintProjects(options.projects, judging);
  const { refused = [], skipped = [] } = projects ?? {};
  const parts: Judgements[] = [...(projects?.parts ?? [])];
  if (options.loose && options.loose.length > 0) {
    const inputs = options.loose.map(({ path, text }): MigrationInput => ({
      // Parsed when its turn comes: the trees of all files together would fill the memory.
      get up() {
        return [plainScript(path, text)];
      },
      down: [],
      judged: true,
    }));
    parts.push(judgeMigrations(inputs, judging));
  }
  const judgedFindings = parts.flatMap((part) => withoutSaidAlready(part.findings).map(({ finding }) => finding));
  const isNamed = options.projects?.only !== undefined || (options.loose ?? []).length > 0;
  const whole = !isNamed && skipped.length === 0 && parts.every((part) => part.whole);
  const said = [...refused, ...judgedFindings, ...configured.unused(whole)];
  const findings = withEstimates(said, options.statistics);
  const sum = (count: (part: Judgements) => number): number => parts.reduce((total, part) => total + count(part), 0);
  const coverage = {
    files: sum((part) => part.files),
    judged: sum((part) => part.judged),
    unread: sum((part) => part.unread) + refused.length,
    opaque: sum((part) => part.opaque),
    allowed: parts.flatMap((part) => part.allowed),
    off: [...new Set(parts.flatMap((part) => part.off))],
    skipped,
  };
  const failed = findings.some(({ severity }) => severity === "error" || severity === (options.failOn ?? "error"));
  return {
    schemaVersion: 1,
    headgate: version,
    verdict: failed ? "failed" : coverage.files === 0 ? "errored" : "passed",
    coverage,
    findings,
  };
}
