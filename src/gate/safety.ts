import { optional } from "../optional.ts";
import type { Direction, Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { historyInputs } from "./history-inputs.ts";
import { supportedMajors } from "../postgres/supported-majors.ts";
import type { Project } from "../project.ts";
import type { Stall } from "../replay/outage.ts";
import { roleOf } from "../replay/recorded-statements.ts";
import { searchPaths } from "../replay/search-paths.ts";
import { statementLines } from "../replay/statement-lines.ts";
import type { Repository } from "../repository/repository.ts";
import { judgeMigrations, type JudgedFinding, type Judgements, type MigrationInput } from "../rules/judge.ts";
import { isRefuted, observedBy, observedOf } from "../rules/observed.ts";
import { rules } from "../rules/registry.ts";
import type { Observed, Step } from "../rules/rule.ts";
import type { MigrationScript } from "../rules/walk.ts";
import type { StatementPlace } from "../sessions/session.ts";
import { loadParser } from "../sql/parser.ts";
import { unquotedName } from "../sql/quote-identifier.ts";
import { bareStatement } from "../sql/scan-statements.ts";
import type { Check, SafetyCoverage } from "../verdict.ts";
import { withEstimates } from "../stats/estimate.ts";
import type { Statistics } from "../stats/statistics.ts";
import type { RecordedStatement } from "../wire/recording.ts";

/** What to judge. */
export interface SafetyInput {
  readonly project: Project;
  readonly repository: Repository;
  /** In the order in which they were applied. */
  readonly revisions: readonly Revision[];
  /** Those that are judged; the others only make the schema. */
  readonly examined: ReadonlySet<string>;
  /** Those that this change brings: what another revision made is in use. */
  readonly newIds: ReadonlySet<string>;
  readonly statements: readonly RecordedStatement[];
  /** Where in its file each statement of a recorded step came from. */
  readonly places: (revision: string, direction: Direction) => readonly StatementPlace[];
  /** What stopped while upgrades waited for their locks. */
  readonly stalls: readonly Stall[];
  /** The names of the tool's version tables, without their schema: what it writes there is not the migrations' doing. */
  readonly versionTables: readonly string[];
  /** The server it was recorded on. */
  readonly serverMajor: number;
  /** Steps whose failure is said elsewhere, as `up ab12`: that such a step cannot be read is not said once more. */
  readonly failed: ReadonlySet<string>;
  /** How large production's tables are. */
  readonly statistics?: Statistics;
}

/** How the safety check ended. */
export interface Safety {
  readonly check: Check;
  readonly findings: readonly Finding[];
  readonly coverage: SafetyCoverage;
}

/**
 * Judges what the examined revisions sent by the rules, and lets the server have the last word: a claim about a statement
 * that the server was asked about, and did not confirm, is dropped, and what only the server saw is said.
 */
export async function judgeSafety(input: SafetyInput): Promise<Safety> {
  const startedAt = performance.now();
  await loadParser();
  const refused: Finding[] = [];
  const { project, repository, serverMajor } = input;
  const inputs = project.tool === "sql" ? fileInputs(input, refused) : recordedInputs(input);
  const observed = observations(input.statements);
  const seen = (revision: string | undefined, direction: Direction, sent: string): readonly Observed[] =>
    observed.get(stepKey(direction, revision, sent)) ?? [];
  const judged = judgeMigrations(inputs, {
    rules,
    majors: [Math.min(serverMajor, supportedMajors.at(-1) as number)],
    settings: {},
    policy: repository.configuration,
    ...(project.tool === "sql" ? {} : { tool: project.tool }),
    together: true,
    // Of what is sent before the first revision only that of SQL projects is among the inputs.
    complete: project.tool === "sql" || (project.prelude.length === 0 && project.start === undefined),
    observe: (rule, step, migration) =>
      step.inner
        ? []
        : seen(migration.revision, migration.direction, step.sent)
            .slice(0, 1)
            .flatMap((one) => [...(rule.observe?.(observedBy(step, one), step, migration) ?? [])]),
  });
  const isTold = ({ ruleId, direction, revision }: Finding): boolean =>
    ruleId === "unparsed-statement" && input.failed.has(`${direction} ${revision}`);
  const refusedBy = withoutObject(input.statements);
  const isRefused = ({ revision, direction }: Finding, sent: string): boolean =>
    refusedBy.has(stepKey(direction, revision, sent));
  // What comes after a failure was not sent, and so nothing can be said of its allowances.
  const isUnknown = ({ finding: { ruleId, revision } }: JudgedFinding): boolean =>
    ruleId === "unused-allowance" &&
    project.tool !== "sql" &&
    (revision === undefined
      ? input.failed.size > 0
      : input.failed.has(`up ${revision}`) || input.failed.has(`down ${revision}`));
  const outcomes = judged.findings
    .filter((each) => !isUnknown(each))
    .map((each) => confirmed(each, input, seen, isRefused));
  const all = [...refused, ...outcomes.filter((outcome) => typeof outcome === "object")];
  const findings = all.filter((finding) => !isTold(finding));
  const unobserved = (step: Step, revision: string | undefined, direction: Direction) =>
    seen(revision, direction, step.sent).length === 0;
  const coverage: SafetyCoverage = {
    judged: judged.judged,
    unread: judged.unread + refused.length,
    opaque: judged.opaqueSteps.filter(({ step, revision, direction }) => unobserved(step, revision, direction)).length,
    refuted: outcomes.filter((outcome) => outcome === "refuted").length,
    allowed: judged.allowed,
    off: judged.off,
  };
  const durationMs = Math.round(performance.now() - startedAt);
  return {
    check: checkOf(findings, all.length > findings.length, judged, input, durationMs),
    findings: withEstimates(findings, input.statistics),
    coverage,
  };
}

function checkOf(
  findings: readonly Finding[],
  isUnfinished: boolean,
  { judged }: Judgements,
  { serverMajor, examined }: Pick<SafetyInput, "serverMajor" | "examined">,
  durationMs: number,
): Check {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    return {
      id: "safety",
      status: "failed",
      reason: [...new Set(errors.map(({ ruleId }) => ruleId))].join(", "),
      durationMs,
    };
  const newest = supportedMajors.at(-1) as number;
  const reason = isUnfinished
    ? "not finished: what fails could not all be read"
    : judged === 0
      ? examined.size === 0
        ? "no revision is new"
        : "no statement was sent that could be judged"
      : serverMajor > newest
        ? `PostgreSQL ${serverMajor} is newer than the rules, which were held against ${supportedMajors[0]} to ${newest}: nothing was found, but something may be new`
        : undefined;
  return reason === undefined
    ? { id: "safety", status: "passed", durationMs }
    : { id: "safety", status: "skipped", reason, durationMs };
}

/** SQL files are judged as files: with their lines, and the allowances in their comments. */
function fileInputs(
  { project, repository, examined, newIds }: SafetyInput,
  refused: Finding[],
): readonly MigrationInput[] {
  const { files, base } = repository;
  return historyInputs(
    project,
    { files, projects: [project], ...(base ? { mergeBase: base.mergeBase } : {}) },
    refused,
  ).map((input) => ({
    ...input,
    judged: input.revision !== undefined && examined.has(input.revision),
    isNew: input.revision !== undefined && newIds.has(input.revision),
  }));
}

/**
 * What MikroORM puts around each migration unless `disableForeignKeys` is off: the project's setting, and not the doing of
 * a migration that does not mention it.
 */
const mikroOrmFrame = /^set session_replication_role = '(?:replica|origin)';?$/i;

/** Settings that a project makes for the session of each of its migrations, in `env.py` or for its pool. */
const sessionFrame = /^set (?:session )?(search_path|role|session authorization|row_security)\b/i;

/** Whether a statement is what the project sends around its migrations, and not the doing of this one. */
function isFrame(sql: string, line: number | undefined, text: string): boolean {
  if (mikroOrmFrame.test(sql)) return !/session_replication_role/i.test(text);
  const setting = sessionFrame.exec(bareStatement(sql))?.[1];
  return setting !== undefined && line === undefined && !text.toLowerCase().includes(setting.toLowerCase());
}

/** What a tool with a runtime sends is known from the wire only. */
function recordedInputs({
  revisions,
  examined,
  newIds,
  statements,
  places,
  versionTables,
  repository,
}: SafetyInput): readonly MigrationInput[] {
  const paths = searchPaths(statements);
  const sent = Map.groupBy(
    statements
      .map((statement, index) => ({ ...statement, ...optional("searchPath", paths[index]) }))
      .filter((statement) => statement.error === undefined && roleOf(statement, versionTables) !== "bookkeeping"),
    ({ label }) => `${label?.direction} ${label?.revision}`,
  );
  const script = (revision: Revision, direction: Direction): readonly MigrationScript[] => {
    const recorded = sent.get(`${direction} ${revision.id}`);
    if (recorded === undefined) return [];
    const text = repository.files.exists(revision.file) ? repository.files.text(revision.file) : "";
    const lines = statementLines(
      recorded.map(({ sql }) => sql),
      places(revision.id, direction),
    );
    const placed = recorded
      .map((statement, index) => ({ ...statement, line: lines[index] }))
      .filter(({ sql, line }) => !isFrame(sql, line, text));
    // Each connection is a session of its own.
    return [...Map.groupBy(placed, ({ connection }) => connection).values()].map((conversation) => ({
      file: revision.file,
      text,
      transaction: false,
      pieces: conversation.map(({ sql, line, searchPath }) => ({
        sql,
        fromOperation: true,
        ...optional("line", line),
        ...optional("searchPath", searchPath),
      })),
    }));
  };
  return revisions.map((revision) => ({
    revision: revision.id,
    up: script(revision, "up"),
    down: examined.has(revision.id) ? script(revision, "down") : [],
    judged: examined.has(revision.id),
    isNew: newIds.has(revision.id),
  }));
}

/** Undefined table, and undefined object such as an index: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const undefinedCodes = new Set(["42P01", "42704"]);

/** The statements that the server refused because what they name is not there, so that they waited for nothing. */
const withoutObject = (statements: readonly RecordedStatement[]): ReadonlySet<string> =>
  new Set(
    statements
      .filter(({ error }) => undefinedCodes.has(error?.sqlState ?? ""))
      .map(({ label, sql }) => stepKey(label?.direction, label?.revision, sql)),
  );

/** What the server was asked about completely, by the step and the statement; one may be sent several times. */
function observations(statements: readonly RecordedStatement[]): ReadonlyMap<string, readonly Observed[]> {
  const complete = statements.filter(({ evidence: { completeness } }) => completeness === "complete");
  const groups = Map.groupBy(complete, ({ sql, label }) => stepKey(label?.direction, label?.revision, sql));
  return new Map([...groups].map(([key, recorded]) => [key, recorded.map(({ evidence }) => observedOf(evidence))]));
}

const stepKey = (direction: string | undefined, revision: string | undefined, sql: string): string =>
  `${direction} ${revision} ${bareStatement(sql)}`;

/**
 * The finding with what the server says of its statement; `refuted` where the server contradicts it, and `settled` where it
 * is known by now what the finding says is unknown.
 */
function confirmed(
  { finding, sent, step }: JudgedFinding,
  { project, stalls }: Pick<SafetyInput, "project" | "stalls">,
  seen: (revision: string | undefined, direction: Direction, sent: string) => readonly Observed[],
  isRefused: (finding: Finding, sent: string) => boolean,
): Finding | "refuted" | "settled" {
  const { revision, direction, evidence: claim } = finding;
  // The tool ends the transactions that it begins; one that is left open is that of a step which was ended by force.
  if (finding.ruleId === "begin-without-commit" && project.tool !== "sql") return "settled";
  if (sent === undefined || claim === undefined || direction === undefined) return finding;
  const rule = rules.find(({ id }) => id === finding.ruleId);
  const observed = seen(revision, direction, sent);
  if (observed.length === 0) return rule?.effect.lock && isRefused(finding, sent) ? "settled" : finding;
  // What the block did is known, and judged.
  if (finding.ruleId === "dynamic-sql") return "settled";
  const evidence = observed.find((one) => !isRefuted(finding, rule, step, step ? observedBy(step, one) : one));
  if (evidence === undefined) return "refuted";
  const { locks, rewrites, scans } = evidence;
  const ofStatement =
    direction === "up" ? stalls.filter((stall) => stall.revision === revision && caused(evidence, stall)) : [];
  // These say one thing of each relation that a statement reaches.
  const stopped = finding.ruleId.startsWith("unforeseen-")
    ? ofStatement.filter(({ relation }) => unquotedName(relation) === finding.relation)
    : ofStatement;
  return {
    ...finding,
    message: [finding.message, ...stopped.map(stallSentence)].join(" "),
    evidence: {
      source: claim.source === "observed" ? "observed" : "both",
      locks,
      rewrites,
      scans,
      ...(stopped.length === 0
        ? {}
        : {
            stalls: stopped.map(({ relation, mode, behind, stopped: what }) => ({
              relation: unquotedName(relation),
              mode,
              behind,
              stopped: what,
            })),
          }),
    },
  };
}

/** Whether this statement is the one that waited: the first of its transaction to ask for that lock. */
const caused = ({ locks }: Observed, stall: Stall): boolean =>
  locks.some(({ relation, mode }) => relation === unquotedName(stall.relation) && mode === stall.mode);

function stallSentence({ relation: quoted, behind, stopped }: Stall): string {
  const relation = unquotedName(quoted);
  const what = stopped.length === 0 ? "neither reads nor writes" : stopped.join(" and ");
  return `Seen: while it waits behind one open transaction that has ${behind} ${relation}, ${what} of ${relation} stop.`;
}
