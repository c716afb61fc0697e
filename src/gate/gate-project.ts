import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import { ConfigurationError, original, ToolError } from "../errors.ts";
import { memoryPreflight } from "./memory-preflight.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { importersOf } from "./imports.ts";
import { judgeTouched } from "./judge-touched.ts";
import type { SentStatements } from "./sent-before.ts";
import { editedIn, judgeHistory, withTouched } from "./project-history.ts";
import { judgeProjectLineage } from "./project-lineage.ts";
import { notReplayed, verdictOn, type KnownProject } from "./project-verdict.ts";
import { replayAndJudge } from "./replay-and-judge.ts";
import type { GateContext } from "./gate-context.ts";
import { openRecordedProject } from "./recorded-project.ts";
import type { Repository } from "../repository/repository.ts";
import { type ComingDriver, startComingDriver } from "../sessions/open-session.ts";
import { toolNamed } from "../tools/registry.ts";
import { isUntouched, untouchedReason } from "./untouched.ts";
import type { ProjectVerdict } from "../verdict.ts";

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
  /** All that needs the work database: there is one at a time on a server. */
  const replay = async (on: PostgresServer, driver: ComingDriver | undefined) => {
    await using recorded = await openRecordedProject(project, repository, on, {
      ...context,
      ...optional("driver", driver),
    });
    const { session, recorder, stage, limited } = recorded;
    // What the text says was a first reading: the tool itself knows.
    const loaded = await limited("Reading the history", () => session.history());
    const lineage = judgeProjectLineage(project, loaded, base, files);
    known = { ...known, lineage };
    const history = await historyOf(known);
    if (lineage.blocked !== undefined) return { history, replayed: notReplayed("skipped", lineage.blocked) };
    const versionTables = await recorded.prepare();
    const replayed = await replayAndJudge(project, repository, { lineage, versionTables }, recorded, on, context);
    const { imports } = replayed;
    const importing = importersOf(project, loaded, repository, imports);
    const edited = session.imports ? editedIn(history, loaded) : [];
    if (importing.length + edited.length === 0) return { history, replayed };
    const { statements } = recorder.recording();
    const sent: SentStatements = { statements, versionTables, brokenOff: stage.brokenOff };
    return { history, replayed, touched: { importing, edited, imports }, sent };
  };
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
    const { engine, version, startMs, instead } = server;
    known = { ...known, server: { engine, version, startMs: Math.round(startMs), ...optional("instead", instead) } };
    const { history, replayed, touched, sent } = await replay(server, driver);
    if (touched === undefined) return verdictOn(known, history, replayed);
    const judged = await judgeTouched(project, repository, touched, sent, server, context);
    return verdictOn(known, withTouched(history, judged), replayed);
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
