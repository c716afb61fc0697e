import type { Finding } from "./finding.ts";
import type { Revision } from "./history.ts";
import { historyInputs } from "./lint.ts";
import type { Project } from "./project.ts";
import { roleOf } from "./replay/recorded-statements.ts";
import type { Repository } from "./repository.ts";
import { judgeHistory, type MigrationInput, type MigrationScript } from "./rules/judge.ts";
import { rules } from "./rules/registry.ts";
import { loadParser } from "./sql/parser.ts";
import { bareStatement } from "./sql/scan-statements.ts";
import type { Stall } from "./replay/outage.ts";
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
  /** What stopped while upgrades waited for their locks. */
  readonly stalls: readonly Stall[];
  /** Steps whose failure is said elsewhere, as `up ab12`: that such a step cannot be read is not said once more. */
  readonly failed: ReadonlySet<string>;
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
  const { tool, prelude, start } = input.project;
  const judged = judgeHistory(inputs, {
    rules,
    majors: [input.serverMajor],
    settings: {},
    together: true,
    // Of what is sent before the first revision only that of SQL projects is among the inputs.
    complete: tool === "sql" || (prelude.length === 0 && start === undefined),
  });
  const observed = observations(input.statements);
  const isTold = ({ ruleId, direction, revision }: Finding): boolean =>
    ruleId === "unparsed-statement" && input.failed.has(`${direction} ${revision}`);
  const all = [...refused, ...judged.findings];
  const findings = all.filter((finding) => !isTold(finding)).flatMap((finding) => confirmed(finding, input, observed));
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
      : all.some(isTold)
        ? { id: "safety", status: "skipped", reason: "not finished: what fails could not all be read", durationMs }
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

/** What the server was asked about completely, by the step and the statement; one may be sent several times. */
const observations = (statements: readonly RecordedStatement[]) =>
  Map.groupBy(
    statements.filter(({ evidence: { completeness } }) => completeness === "complete"),
    ({ sql, label }) => stepKey(label?.direction, label?.revision, sql),
  );

const stepKey = (direction: string | undefined, revision: string | undefined, sql: string): string =>
  `${direction} ${revision} ${bareStatement(sql)}`;

/** The finding with what the server says of its statement; nothing where the server contradicts it. */
function confirmed(
  finding: Finding,
  { project, stalls }: Pick<SafetyInput, "project" | "stalls">,
  observed: ReadonlyMap<string, readonly RecordedStatement[]>,
): readonly Finding[] {
  // The tool ends the transactions that it begins; one that is left open is that of a step which was ended by force.
  if (finding.ruleId === "begin-without-commit" && project.tool !== "sql") return [];
  // Lines of what was recorded are those of the statement, not of the file.
  const { line, ...unplaced } = finding;
  const placed: Finding = project.tool === "sql" && line !== undefined ? finding : unplaced;
  const { statement, revision, direction, evidence: claim } = finding;
  if (statement === undefined || claim === undefined) return [placed];
  const sent = observed.get(stepKey(direction, revision, statement));
  if (sent === undefined) return [placed];
  const evidence = sent
    .map((one) => one.evidence)
    .find((one) => bearsOut(one, claim) && (claim.locks.length > 0 || !claimsLock(finding) || one.locks.length > 0));
  if (evidence === undefined) return [];
  const stopped =
    direction === "up" ? stalls.filter((stall) => stall.revision === revision && caused(evidence, stall)) : [];
  return [
    {
      ...placed,
      message: [placed.message, ...stopped.map(stallSentence)].join(" "),
      evidence: {
        source: "both",
        locks: evidence.locks.map(({ relation, mode }) => ({ relation, mode })),
        rewrites: evidence.rewrites.map(({ relation }) => relation),
        scans: evidence.scans.map(({ relation }) => relation),
        ...(stopped.length === 0
          ? {}
          : { stalls: stopped.map(({ relation, mode, behind, stopped }) => ({ relation, mode, behind, stopped })) }),
      },
    },
  ];
}

/** Whether this statement is the one that waited: the first of its transaction to ask for that lock. */
const caused = ({ locks }: RecordedStatement["evidence"], stall: Stall): boolean =>
  locks.some(({ relation, mode }) => relation === stall.relation && mode === stall.mode);

function stallSentence({ relation, behind, stopped }: Stall): string {
  const what = stopped.length === 0 ? "neither reads nor writes" : stopped.join(" and ");
  return `Seen: while it waits behind one open transaction that has ${behind} ${relation}, ${what} of ${relation} stop.`;
}

/** Whether the rule is about a lock, be it unknown on what: `DROP INDEX IF EXISTS` of an index that was never made takes none. */
const claimsLock = ({ ruleId }: Finding): boolean => rules.find(({ id }) => id === ruleId)?.effect.lock !== undefined;

function bearsOut({ held, rewrites }: RecordedStatement["evidence"], claim: NonNullable<Finding["evidence"]>): boolean {
  const locked = new Set(held.map(({ relation, mode }) => `${mode} ${relation}`));
  const rewritten = new Set(rewrites.map(({ relation }) => relation));
  return (
    claim.locks.every(({ relation, mode }) => locked.has(`${mode} ${relation}`)) &&
    claim.rewrites.every((relation) => rewritten.has(relation))
  );
}
