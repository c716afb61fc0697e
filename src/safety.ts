import type { Finding } from "./finding.ts";
import type { Revision } from "./history.ts";
import { historyInputs } from "./lint.ts";
import type { Project } from "./project.ts";
import { roleOf } from "./replay/recorded-statements.ts";
import type { Repository } from "./repository.ts";
import { judgeHistory, type MigrationInput, type MigrationScript } from "./rules/judge.ts";
import { rules } from "./rules/registry.ts";
import { loadParser } from "./sql/parser.ts";
import type { Check } from "./verdict.ts";
import type { RecordedStatement } from "./wire/recording.ts";

/** What to judge. */
export interface SafetyInput {
  readonly project: Project;
  readonly repository: Repository;
  /** In the order in which they were applied. */
  readonly revisions: readonly Revision[];
  /** Those that are judged; the others only make the schema. */
  readonly examined: ReadonlySet<string>;
  readonly statements: readonly RecordedStatement[];
  /** The names of the tool's version tables, without their schema: what it writes there is not the migrations' doing. */
  readonly versionTables: readonly string[];
  /** The server it was recorded on. */
  readonly serverMajor: number;
}

/**
 * Judges what the examined revisions sent by the rules, and lets the server have the last word: a claim about a statement
 * that the server was asked about, and did not confirm, is dropped.
 */
export async function judgeSafety(
  input: SafetyInput,
): Promise<{ readonly check: Check; readonly findings: readonly Finding[] }> {
  const startedAt = performance.now();
  await loadParser();
  const refused: Finding[] = [];
  const inputs = input.project.tool === "sql" ? fileInputs(input, refused) : recordedInputs(input);
  const judged = judgeHistory(inputs, { rules, majors: [input.serverMajor], settings: {}, together: true });
  const findings = [...refused, ...judged.findings].flatMap((finding) => confirmed(finding, input));
  const durationMs = Math.round(performance.now() - startedAt);
  const errors = findings.filter(({ severity }) => severity === "error");
  const check: Check =
    errors.length > 0
      ? {
          id: "safety",
          status: "failed",
          reason: [...new Set(errors.map(({ ruleId }) => ruleId))].join(", "),
          durationMs,
        }
      : judged.judged === 0
        ? { id: "safety", status: "skipped", reason: "no statement was sent that could be judged", durationMs }
        : { id: "safety", status: "passed", durationMs };
  return { check, findings };
}

/** SQL files are judged as files: with their lines, and the allowances in their comments. */
function fileInputs({ project, repository, examined }: SafetyInput, refused: Finding[]): readonly MigrationInput[] {
  const { files, base } = repository;
  return historyInputs(
    project,
    { files, projects: [project], ...(base ? { mergeBase: base.mergeBase } : {}) },
    refused,
  ).map((input) => ({ ...input, judged: input.revision !== undefined && examined.has(input.revision) }));
}

/**
 * What MikroORM puts around each migration unless `disableForeignKeys` is off: the project's setting, and not the doing of
 * a migration that does not mention it.
 */
const mikroOrmFrame = /^set session_replication_role = '(?:replica|origin)';?$/i;

/** What a tool with a runtime sends is known from the wire only. */
function recordedInputs({
  revisions,
  examined,
  statements,
  versionTables,
  repository,
}: SafetyInput): readonly MigrationInput[] {
  const sent = Map.groupBy(
    statements.filter(
      (statement) => statement.error === undefined && roleOf(statement, versionTables) !== "bookkeeping",
    ),
    ({ label }) => `${label?.direction} ${label?.revision}`,
  );
  const script = (revision: Revision, direction: "up" | "down"): readonly MigrationScript[] => {
    const recorded = sent.get(`${direction} ${revision.id}`);
    if (recorded === undefined) return [];
    const text = repository.files.exists(revision.file) ? repository.files.text(revision.file) : "";
    const itsOwn = recorded.filter(({ sql }) => !mikroOrmFrame.test(sql) || /session_replication_role/i.test(text));
    // Each connection is a session of its own.
    return [...Map.groupBy(itsOwn, ({ connection }) => connection).values()].map((conversation) => ({
      file: revision.file,
      text,
      transaction: false,
      pieces: conversation.map(({ sql }) => ({ sql, line: 1 })),
    }));
  };
  return revisions.map((revision) => ({
    revision: revision.id,
    up: script(revision, "up"),
    down: examined.has(revision.id) ? script(revision, "down") : [],
    judged: examined.has(revision.id),
  }));
}

/** The finding with what the server says of its statement; nothing where the server contradicts it. */
function confirmed(finding: Finding, { statements, project }: SafetyInput): readonly Finding[] {
  // The tool ends the transactions that it begins; one that is left open is that of a step which was ended by force.
  if (finding.ruleId === "begin-without-commit" && project.tool !== "sql") return [];
  // Lines of what was recorded are those of the statement, not of the file.
  const { line, ...unplaced } = finding;
  const placed: Finding = project.tool === "sql" && line !== undefined ? finding : unplaced;
  const { statement, revision, direction, evidence } = finding;
  if (statement === undefined || evidence === undefined) return [placed];
  const text = bare(statement);
  const observed = statements.find(
    ({ sql, label, evidence: { completeness } }) =>
      completeness === "complete" &&
      label?.revision === revision &&
      label?.direction === direction &&
      bare(sql) === text,
  )?.evidence;
  if (observed === undefined) return [placed];
  const held = new Set(observed.held.map(({ relation, mode }) => `${mode} ${relation}`));
  const rewritten = new Set(observed.rewrites.map(({ relation }) => relation));
  const refuted =
    evidence.locks.some(({ relation, mode }) => !held.has(`${mode} ${relation}`)) ||
    evidence.rewrites.some((relation) => !rewritten.has(relation));
  if (refuted) return [];
  return [
    {
      ...placed,
      evidence: {
        source: "both",
        locks: observed.locks.map(({ relation, mode }) => ({ relation, mode })),
        rewrites: observed.rewrites.map(({ relation }) => relation),
        scans: observed.scans.map(({ relation }) => relation),
      },
    },
  ];
}

/** A statement without the comments and blanks before it and the semicolon behind it. */
const bare = (sql: string): string =>
  sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*/, "").replace(/\s*;?\s*$/, "");
