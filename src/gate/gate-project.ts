import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import type { ServerPool } from "../engines/server-pool.ts";
import { ConfigurationError, original, ToolError } from "../errors.ts";
import type { Revision } from "../history.ts";
import { memoryPreflight } from "./memory-preflight.ts";
import { optional } from "../optional.ts";
import { reviewSeals } from "../plan/review-seal.ts";
import { planDigest, type Plan } from "../plan/seal-plan.ts";
import type { Project } from "../project.ts";
import { importersOf, readImports } from "./imports.ts";
import { judgeImporters, type SentStatements } from "./judge-importers.ts";
import type { ImportingMigration } from "../lineage/changed-imports.ts";
import { judgeHistory, withFindings, type JudgedHistory } from "./project-history.ts";
import { judgeProjectLineage, type ProjectLineage } from "./project-lineage.ts";
import { asPlanned, planOf } from "./project-plan.ts";
import { notReplayed, verdictOn, type KnownProject, type ReplayedProject } from "./project-verdict.ts";
import { openRecordedProject, type RecordedProject } from "./recorded-project.ts";
import { caughtErrors } from "../replay/caught-errors.ts";
import { checkoutPaths } from "../replay/checkout-path.ts";
import { idleUpgrades } from "../replay/idle-upgrade.ts";
import { renderOffline } from "../replay/offline-script.ts";
import { recordedRevision } from "../replay/recorded-statements.ts";
import { rolesOf } from "../replay/statement-roles.ts";
import { replayProject } from "./replay-project.ts";
import type { Repository } from "../repository/repository.ts";
import { weighing } from "./weigh-findings.ts";
import { asShown } from "./shown-recording.ts";
import { startComingDriver } from "../sessions/open-session.ts";
import { judgeSafety } from "./safety.ts";
import { fingerprint, loadParser } from "../sql/parser.ts";
import type { Imports } from "../sessions/session.ts";
import type { Statistics } from "../stats/statistics.ts";
import { branches } from "../tools/outline.ts";
import { toolNamed } from "../tools/registry.ts";
import { isUntouched, untouchedReason } from "./untouched.ts";
import type { Check, ProjectVerdict } from "../verdict.ts";

/** What all projects of one run share, beside the repository. */
export interface GateContext {
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  /** Examine these revisions and no others; see `GateOptions`. */
  readonly range?: string;
  /** Whether the second upgrade runs in another process; see `GateOptions`. */
  readonly otherProcess?: boolean;
  /** How large production's tables are. */
  readonly statistics?: Statistics;
  readonly onProgress: (step: string) => void;
  /** Called with what keeps the project from being loaded: its verdict then says what its files alone show. */
  readonly onUnusable?: (error: ConfigurationError) => void;
  /** Called with the plan of the examined revisions, where there is one. */
  readonly onPlan?: (plan: Plan) => void;
}

/**
 * Gates one project. What could not be checked is said in the verdict.
 * @throws ConfigurationError when even its files cannot be read as the project is set up
 */
export async function gateProject(
  project: Project,
  repository: Repository,
  context: GateContext,
): Promise<ProjectVerdict> {
  const { configuration, files, base } = repository;
  context.onProgress("reading the history");
  const written = judgeProjectLineage(project, toolNamed(project.tool).readHistory(files, project), base, files);
  const historyOf = ({ lineage }: KnownProject) => judgeHistory(project, lineage.history, repository);
  let known: KnownProject = { project, lineage: written, firstLook: [] };
  if (isLeftAlone(known, repository, context))
    return verdictOn(known, await historyOf(known), notReplayed("skipped", untouchedReason));
  if (configuration.engine === "memory")
    known = { ...known, firstLook: [await memoryPreflight(project, files, written.ordered)] };
  let server: PostgresServer | undefined;
  try {
    context.onProgress("starting PostgreSQL");
    await using driver = startComingDriver({
      root: repository.root,
      files,
      project,
      environment: context.environment,
      timeLimitMs: configuration["time-limit"],
    });
    server = await context.servers.server({
      ...optional("postgres", project.postgres ?? configuration.postgres),
      ...optional("image", project.image ?? configuration.image),
    });
    const { engine, version, startMs } = server;
    known = { ...known, server: { engine, version, startMs: Math.round(startMs) } };
    const opened = openRecordedProject(project, repository, server, { ...context, ...optional("driver", driver) });
    let history: JudgedHistory;
    let replayed: ReplayedProject & { readonly imports: Imports };
    let importing: readonly ImportingMigration[];
    let sent: SentStatements;
    {
      await using recorded = await opened;
      const { session, limited } = recorded;
      // What the text says was a first reading: the tool itself knows.
      const loaded = await limited("Reading the history", () => session.history());
      known = { ...known, lineage: judgeProjectLineage(project, loaded, base, files) };
      history = await historyOf(known);
      const { blocked } = known.lineage;
      if (blocked !== undefined) return verdictOn(known, history, notReplayed("skipped", blocked));
      const versionTables = await recorded.prepare();
      replayed = await replayAndJudge(
        project,
        repository,
        { lineage: known.lineage, versionTables },
        recorded,
        server,
        context,
      );
      importing = importersOf(project, loaded, repository, replayed.imports);
      if (importing.length === 0) return verdictOn(known, history, replayed);
      const { recorder, stage } = recorded;
      sent = { statements: recorder.recording().statements, versionTables, brokenOff: stage.brokenOff };
    }
    const edited = await judgeImporters(project, repository, importing, sent, server, context);
    return verdictOn(known, withFindings(history, edited), replayed);
  } catch (thrown) {
    const first = original(thrown);
    if (first instanceof ConfigurationError) context.onUnusable?.(first);
    const error = first instanceof ToolError || first instanceof ConfigurationError ? first : lostServer(first, server);
    if (error === undefined) throw first;
    return verdictOn(known, await historyOf(known), notReplayed("errored", error.message));
  }
}

/** Whether nothing of a project is new or asked for, and the change touches nothing of it. */
function isLeftAlone({ project, lineage }: KnownProject, repository: Repository, { range }: GateContext): boolean {
  if (repository.configuration.replay === "all" || range !== undefined) return false;
  return lineage.blocked === undefined && lineage.newIds.size === 0 && isUntouched(project, repository);
}

/** What the tool said of a project when it had loaded it. */
interface LoadedProject {
  readonly lineage: ProjectLineage;
  readonly versionTables: readonly string[];
}

/** Replays, and judges what was recorded: by the rules, against the tool's own scripts, and as a plan to be sealed. */
async function replayAndJudge(
  project: Project,
  repository: Repository,
  { lineage, versionTables }: LoadedProject,
  { database, session, stage, recorder, limited }: RecordedProject,
  { major: serverMajor }: PostgresServer,
  context: GateContext,
): Promise<ReplayedProject & { readonly imports: Imports }> {
  await loadParser();
  const weights = weighing(repository.configuration);
  const { weigh, off } = weights;
  const replayed = await replayProject(project, repository, lineage, {
    ...context,
    session,
    stage,
    database,
    weighing: weights,
  });
  const { examined, catalogs } = replayed;
  const { statements } = recorder.recording();
  const roles = rolesOf(statements, versionTables);
  const sent = Map.groupBy(statements, ({ label }) => label?.revision);
  // By the tool's process, while this one judges.
  const printing = renderOffline(
    session,
    examined,
    new Map(
      examined.map((revision) => [
        revision.id,
        recordedRevision(sent.get(revision.id) ?? [], revision, { roles, fingerprint }),
      ]),
    ),
    stage.brokenOff,
    limited,
  );
  // Whoever awaits it is told.
  printing.catch(() => {});
  const safety = await judgeSafety({
    project,
    repository,
    revisions: replayed.applied,
    examined: new Set(examined.map(({ id }) => id)),
    newIds: lineage.newIds,
    statements,
    places: stage.places,
    roles,
    serverMajor,
    stalls: replayed.stalls,
    ...optional("statistics", context.statistics),
    failed: stage.brokenOff,
  });
  const { recorded, findings: offlineFindings } = await printing;
  const { files, root } = repository;
  const textOf = ({ file }: Revision) =>
    files.exists(file) ? Buffer.from(files.bytes(file)).toString("utf8") : undefined;
  const sqlOf = project.tool === "sql" ? textOf : () => undefined;
  const branchesIn = (revision: Revision) => branches(toolNamed(project.tool).code(files, project, revision)?.up);
  const idle = catalogs ? idleUpgrades(examined, recorded, [catalogs.start, ...catalogs.after], sqlOf, branchesIn) : [];
  const caught = caughtErrors(examined, recorded, stage);
  const paths = checkoutPaths(examined, recorded, root, textOf);
  const findings = [...replayed.findings, ...idle, ...caught, ...offlineFindings, ...paths].flatMap(
    (finding) => weigh(finding) ?? [],
  );
  const imports = await limited("Reading what the migrations import", () =>
    readImports(session, lineage, repository, context),
  );
  const plan =
    catalogs &&
    planOf(project, repository.files, {
      ...optional("toolVersion", session.toolVersion),
      serverMajor,
      account: database.connection.user,
      start: catalogs.start,
      end: catalogs.after.at(-1) ?? catalogs.start,
      imports,
      steps: examined.flatMap((revision, index) => {
        const sent = recorded.get(revision.id)?.up;
        const catalog = catalogs.after[index];
        return sent && catalog ? [{ revision, statements: asPlanned(repository.files, revision, sent), catalog }] : [];
      }),
    });
  if (plan) context.onPlan?.(plan);
  // SQL files are judged as files, whether or not they could be run.
  const isJudgedWhole = project.tool === "sql" || examined.length === 0 || catalogs !== undefined;
  return {
    imports,
    checks: [...replayed.checks, isJudgedWhole ? safety.check : unfinished(safety.check)],
    findings: [...findings, ...safety.findings],
    recorded: asShown(recorded),
    coverage: { ...safety.coverage, off: [...safety.coverage.off, ...off()] },
    ...optional("plan", plan && { digest: planDigest(plan), revisions: reviewSeals(plan) }),
  };
}

/** What was not sent was not judged. */
const unfinished = (check: Check): Check =>
  check.status === "passed"
    ? { ...check, status: "skipped", reason: "not finished: not all revisions could be applied, and so not all judged" }
    : check;
