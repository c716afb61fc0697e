import type { Finding } from "./finding.ts";
import type { Files } from "./files.ts";
import type { Revision } from "./history.ts";
import { newRevisions } from "./lineage/new-revisions.ts";
import type { LintVerdict } from "./lint-verdict.ts";
import { optional } from "./optional.ts";
import type { Project } from "./project.ts";
import { judgeMigrations, type Judgements, type MigrationInput } from "./rules/judge.ts";
import type { RuleSettings } from "./rules/policy.ts";
import type { MigrationScript } from "./rules/walk.ts";
import { plainScript } from "./rules/plain-script.ts";
import { rules } from "./rules/registry.ts";
import type { Settings } from "./schema/settings.ts";
import { loadParser } from "./sql/parser.ts";
import { withEstimates } from "./stats/estimate.ts";
import type { Statistics } from "./stats/statistics.ts";
import { toolNamed } from "./tools/registry.ts";
import { type Layout, ScriptError, type Source } from "./tools/sql/layout.ts";
import { layoutOf } from "./tools/sql/layouts.ts";
import { sourceOf } from "./tools/sql/source.ts";
import { version } from "./version.ts";

/** The majors that Headgate knows. */
export const supportedMajors = [14, 15, 16, 17, 18] as const;

/** A file that belongs to no project. */
export interface LintFile {
  /** As it is named in findings. */
  readonly path: string;
  readonly text: string;
}

/** Projects to judge from their files. */
export interface LintProjects {
  readonly files: Files;
  readonly projects: readonly Project[];
  /** Only revisions that are not in this commit are judged. Absent: all. */
  readonly mergeBase?: Files;
  /** Only these files are judged, the others read to know the schema. Absent: all. */
  readonly only?: ReadonlySet<string>;
}

/** What to judge, and how. */
export interface LintOptions {
  readonly projects?: LintProjects;
  /** One history, in this order. */
  readonly loose?: readonly LintFile[];
  /** The majors of PostgreSQL that the migrations may meet. Default: all that are supported. */
  readonly majors?: readonly number[];
  /** What is set when a migration begins, for example `lock_timeout` by its runner. */
  readonly settings?: Settings;
  /** What the configuration says of the rules. */
  readonly policy?: RuleSettings;
  /** How large production's tables are, for estimates. */
  readonly statistics?: Statistics;
  /** The lightest finding that fails. Default `error`. */
  readonly failOn?: "error" | "warning";
}

/** Judges migrations from their text alone; needs no database. */
export async function lint(options: LintOptions): Promise<LintVerdict> {
  await loadParser();
  const judging = {
    rules,
    majors: options.majors ?? supportedMajors,
    settings: options.settings ?? {},
    ...optional("policy", options.policy),
  };
  const parts: Judgements[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const refused: Finding[] = [];
  for (const project of options.projects?.projects ?? []) {
    if (project.tool !== "sql") {
      skipped.push({
        name: project.name,
        reason: `its migrations are no SQL files; \`headgate check\` judges what ${toolNamed(project.tool).title} sends`,
      });
      continue;
    }
    // A project's files make everything there is, its prelude and its start included.
    const inputs = historyInputs(project, options.projects as LintProjects, refused);
    parts.push(judgeMigrations(inputs, { ...judging, complete: true }));
  }
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
  const judgedFindings = parts.flatMap((part) => part.findings.map(({ finding }) => finding));
  const findings = withEstimates([...refused, ...judgedFindings], options.statistics);
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

/** A project's SQL files as the judge takes them. @param refused receives what its layout cannot read */
export function historyInputs(
  project: Project,
  { files, mergeBase, only }: LintProjects,
  refused: Finding[],
): readonly MigrationInput[] {
  const tool = toolNamed(project.tool);
  const history = tool.readHistory(files, project);
  const fresh = newRevisions(history, mergeBase, tool, project);
  const layout = layoutOf(files, project);
  const source = sourceOf(files, layout, project, undefined);
  const prelude = [...(project.start ? [project.start.dump] : []), ...project.prelude].map((file): MigrationInput => ({
    up: [plainScript(file, files.text(file))],
    down: [],
    judged: false,
  }));
  const revisions = history.revisions.map((revision): MigrationInput => {
    const wanted = [revision.file, ...(revision.downFile === undefined ? [] : [revision.downFile])];
    const judged = only ? wanted.some((file) => only.has(file)) : fresh.has(revision.id);
    // That there is no way back is for the lineage to say; here nothing is left unread by it.
    const hasDown = revision.downgrade === "present";
    const read = (direction: "up" | "down") => scriptsOf(layout, source, revision, direction, judged ? refused : []);
    return {
      ...optional("revision", revision.id),
      up: read("up"),
      down: judged && hasDown ? read("down") : [],
      judged,
    };
  });
  return [...prelude, ...revisions];
}

function scriptsOf(
  layout: Layout,
  source: Source,
  revision: Revision,
  direction: "up" | "down",
  refused: Finding[],
): readonly MigrationScript[] {
  try {
    const scripts = layout.scripts(source, revision, direction) ?? [];
    return scripts.map((script) => ({ ...script, text: source.files.text(script.file) }));
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    refused.push({
      ruleId: "unparsed-statement",
      severity: "error",
      title: "A migration cannot be read",
      message: error.message,
      help: "Correct the file; nothing in it was judged.",
      revision: revision.id,
      direction,
      file: error.file,
      ...optional("line", error.line),
    });
    return [];
  }
}
