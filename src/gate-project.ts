import type { ServerPool } from "./engines/server-pool.ts";
import type { PostgresServer } from "./engines/engine.ts";
import { lostServer } from "./engines/lost-server.ts";
import { createWorkDatabase } from "./engines/work-database.ts";
import { type ConfigurationError, ToolError } from "./errors.ts";
import type { Files } from "./files.ts";
import type { Revision } from "./history.ts";
import { describeLineage } from "./lineage/lineage.ts";
import { memoryPreflight } from "./memory-preflight.ts";
import { optional } from "./optional.ts";
import { reviewSeals } from "./plan/review-seal.ts";
import { makePlan, planDigest, type Plan } from "./plan/seal-plan.ts";
import type { Project } from "./project.ts";
import { judgeHistory } from "./project-history.ts";
import { judgeProject, type JudgedLineage } from "./project-lineage.ts";
import { renderOffline } from "./replay/offline-script.ts";
import { oneWayDeclarations } from "./replay/one-way.ts";
import { cutHistory, revisionsIn, withAncestors } from "./replay/plan.ts";
import { runPrelude } from "./replay/prelude.ts";
import { recordedRevision } from "./replay/recorded-statements.ts";
import { replay, type ReplayResult } from "./replay/replay.ts";
import { openStage, type Stage } from "./replay/stage.ts";
import type { Repository } from "./repository.ts";
import { openSession } from "./sessions/open-session.ts";
import type { Session } from "./sessions/session.ts";
import { withinLimit } from "./sessions/within-limit.ts";
import { startProxy } from "./wire/proxy.ts";
import { createRecorder } from "./wire/recorder.ts";
import { judgeSafety, type SafetyInput } from "./safety.ts";
import { fingerprint, loadParser } from "./sql/parser.ts";
import type { Statistics } from "./stats/statistics.ts";
import { isUntouched, untouchedReason } from "./untouched.ts";
import { toolNamed } from "./tools/registry.ts";
import type { Check, ProjectVerdict, RevisionReport } from "./verdict.ts";

/** What all projects of one run share, beside the repository. */
export interface GateContext {
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  /** Examine these revisions and no others; see `GateOptions`. */
  readonly range?: string;
  /** How large production's tables are. */
  readonly statistics?: Statistics;
  readonly onProgress: (step: string) => void;
  /** Called with the plan of the examined revisions, where there is one. */
  readonly onPlan?: (plan: Plan) => void;
}

/**
 * Gates one project. What could not be checked is said in the verdict.
 * @throws ConfigurationError when the project is set up in a way that cannot work
 */
export async function gateProject(
  project: Project,
  repository: Repository,
  context: GateContext,
): Promise<ProjectVerdict> {
  const { configuration, files } = repository;
  context.onProgress("reading the history");
  // What the text says; what the tool itself says takes its place as soon as the tool is loaded.
  let lineage = judgeProject(project, toolNamed(project.tool).readHistory(files, project), repository.base);
  const isAskedFor = configuration.replay === "all" || context.range !== undefined;
  if (!isAskedFor && lineage.blocked === undefined && lineage.newIds.size === 0 && isUntouched(project, repository)) {
    const changes = await judgeHistory(project, lineage.history, repository);
    const checks = [changes.check, ...replayChecks("skipped", untouchedReason)];
    return verdictOf(project, lineage, { checks, findings: changes.findings }, undefined);
  }
  const firstLook = configuration.engine === "memory" ? [await memoryPreflight(project, files, lineage.ordered)] : [];
  let server: ProjectVerdict["server"];
  let started: PostgresServer | undefined;
  try {
    context.onProgress("starting PostgreSQL");
    const running = await context.servers.server({
      ...optional("postgres", project.postgres ?? configuration.postgres),
      ...optional("image", project.image ?? configuration.image),
    });
    started = running;
    server = { engine: started.engine, version: started.version, startMs: Math.round(started.startMs) };
    await using database = await createWorkDatabase(started, project.database ?? "headgate");
    if (project.prelude.length > 0 || project.start) {
      const client = await database.connect();
      await runPrelude(client, files, project).finally(() => client.end());
    }
    const recorder = await createRecorder({ connection: (name) => running.connection(name), labelledOnly: true });
    await using wire = await startProxy({ server: database.connection, recorder });
    context.onProgress(`loading ${project.tool}`);
    const timeLimitMs = configuration["time-limit"];
    await using session = await openSession({
      ...repository,
      environment: context.environment,
      project,
      connection: { ...database.connection, host: wire.host, port: wire.port },
      timeLimitMs,
    });
    const limited = <Result>(what: string, action: () => Promise<Result>) =>
      withinLimit(what, timeLimitMs, () => session.kill(), action);
    const history = await limited("Reading the history", () => session.history());
    lineage = judgeProject(project, history, repository.base);
    const changes = await judgeHistory(project, history, repository);
    if (lineage.blocked !== undefined)
      return verdictOf(
        project,
        lineage,
        {
          checks: [changes.check, ...replayChecks("skipped", lineage.blocked)],
          findings: [...changes.findings, ...firstLook],
        },
        server,
      );
    await using stage = openStage(session, database, recorder, timeLimitMs);
    const versionTables = await limited("Preparing the version table", () => session.prepare());
    await loadParser();
    const replayed = await replayNew(project, repository, context, lineage, session, stage);
    const { statements } = recorder.recording();
    const examined = lineage.ordered.filter(({ id }) => replayed.examined.has(id));
    const { recorded: reports, findings: offlineFindings } = await renderOffline(
      session,
      examined,
      new Map(
        examined.map((revision) => [
          revision.id,
          recordedRevision(statements, revision, { versionTables, fingerprint }),
        ]),
      ),
      replayed.findings,
      limited,
    );
    const safety = await judgeSafety({
      project,
      repository,
      revisions: replayed.applied,
      examined: replayed.examined,
      statements,
      places: stage.places,
      versionTables,
      serverMajor: started.major,
      stalls: replayed.stalls,
      ...optional("statistics", context.statistics),
      failed: new Set(
        replayed.findings
          .filter(({ ruleId }) => ruleId.endsWith("-fails"))
          .map(({ direction, revision }) => `${direction} ${revision}`),
      ),
    });
    // SQL files are judged as files, whether or not they could be run.
    const isJudgedWhole = project.tool === "sql" || replayed.examined.size === 0 || replayed.catalogs !== undefined;
    const plan = planOf(project, files, lineage, session, started.major, replayed, reports);
    if (plan) context.onPlan?.(plan);
    return {
      ...verdictOf(
        project,
        lineage,
        {
          checks: [changes.check, ...replayed.checks, isJudgedWhole ? safety.check : unfinished(safety.check)],
          findings: [...changes.findings, ...firstLook, ...replayed.findings, ...offlineFindings, ...safety.findings],
        },
        server,
        ({ id }) => reports.get(id) ?? {},
      ),
      coverage: safety.coverage,
      ...optional("plan", plan && { digest: planDigest(plan), revisions: reviewSeals(plan) }),
    };
  } catch (thrown) {
    const first = original(thrown);
    const error = first instanceof ToolError ? first : lostServer(first, started);
    if (error === undefined) throw first;
    const changes = await judgeHistory(project, lineage.history, repository);
    return verdictOf(
      project,
      lineage,
      {
        checks: [changes.check, ...replayChecks("errored", error.message)],
        findings: [...changes.findings, ...firstLook],
      },
      server,
    );
  }
}

/** What went wrong first: what is thrown while cleaning up after it hides it. */
function original(thrown: unknown): unknown {
  return thrown instanceof SuppressedError ? original(thrown.suppressed) : thrown;
}

/** The verdict on a project of which nothing could be checked. */
export const unusableProject = (
  { name, tool, directory }: Project,
  { message }: ConfigurationError,
): ProjectVerdict => ({
  name,
  tool,
  directory,
  checks: [{ id: "lineage", status: "errored", reason: message, durationMs: 0 }, ...replayChecks("errored", message)],
  findings: [],
  revisions: [],
});

async function replayNew(
  project: Project,
  repository: Repository,
  { onProgress, range: named }: GateContext,
  { ordered, newIds }: JudgedLineage,
  session: Session,
  stage: Stage,
): Promise<ReplayResult & Pick<SafetyInput, "examined"> & { readonly applied: readonly Revision[] }> {
  const all = repository.configuration.replay === "all";
  const chosen = named === undefined ? undefined : revisionsIn(named, ordered);
  const needed = chosen && withAncestors(chosen, ordered);
  const isNeeded = ({ id }: Revision) => needed === undefined || needed.has(id);
  const { stamped, ...rest } = cutHistory(ordered, project, ({ id }) =>
    chosen ? chosen.has(id) : all || newIds.has(id),
  );
  const range = { earlier: rest.earlier.filter(isNeeded), replayed: rest.replayed.filter(isNeeded) };
  const oneWay = oneWayDeclarations(repository.files, project, range.replayed, ordered);
  if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
  const result = await replay(stage, {
    ...range,
    startsBehind: stamped.some(({ id }) => (chosen ?? newIds).has(id)),
    oneWay: oneWay.reasons,
    forwardOnly: `${project.layout ?? project.tool} migrations have no way back: the tool is forward only`,
    probesOutage: repository.configuration["outage-probe"],
    onProgress,
  });
  return {
    ...result,
    findings: [...oneWay.findings, ...result.findings],
    applied: [...range.earlier, ...range.replayed],
    examined: new Set(range.replayed.map(({ id }) => id)),
  };
}

/** The plan of the revisions that were applied and recorded; absent when there were none, or not all could be. */
function planOf(
  project: Project,
  files: Files,
  { ordered }: JudgedLineage,
  { toolVersion }: Session,
  serverMajor: number,
  { catalogs, examined }: ReplayResult & Pick<SafetyInput, "examined">,
  reports: ReadonlyMap<string, Pick<RevisionReport, "up">>,
): Plan | undefined {
  if (catalogs === undefined) return undefined;
  const { start, after } = catalogs;
  const catalogAfter = new Map([...examined].map((id, index) => [id, after[index]]));
  return makePlan({
    project: project.name,
    tool: project.tool,
    ...optional("toolVersion", toolVersion),
    serverMajor,
    start,
    end: after.at(-1) ?? start,
    revisions: ordered.flatMap(({ id, file, downFile }) => {
      const statements = reports.get(id)?.up;
      const catalog = catalogAfter.get(id);
      if (statements === undefined || catalog === undefined) return [];
      const paths = [file, ...(downFile === undefined ? [] : [downFile])].filter((path) => files.exists(path));
      return [{ id, statements, catalog, files: paths.map((path) => ({ path, bytes: files.bytes(path) })) }];
    }),
  });
}

/** What was not sent was not judged. */
const unfinished = (check: Check): Check =>
  check.status === "passed"
    ? { ...check, status: "skipped", reason: "not finished: not all revisions could be applied, and so not all judged" }
    : check;

const replayChecks = (status: "skipped" | "errored", reason: string): readonly Check[] =>
  (["upgrade", "downgrade", "reupgrade", "safety"] as const).map((id) => ({ id, status, reason, durationMs: 0 }));

function verdictOf(
  { name, tool, directory }: Project,
  { history, ordered, newIds, check, findings }: JudgedLineage,
  replayed: Pick<ReplayResult, "checks" | "findings">,
  server?: ProjectVerdict["server"],
  recorded: (revision: Revision) => Pick<RevisionReport, "up" | "down"> = () => ({}),
): ProjectVerdict {
  return {
    name,
    tool,
    directory,
    ...optional("server", server),
    lineage: describeLineage(history, newIds),
    checks: [check, ...replayed.checks],
    findings: [...findings, ...replayed.findings],
    revisions: ordered.map((revision) => ({
      id: revision.id,
      file: revision.file,
      ...optional("title", revision.title),
      new: newIds.has(revision.id),
      downRevisions: revision.downRevisions,
      ...recorded(revision),
    })),
  };
}
