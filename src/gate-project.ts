import type { Configuration } from "./config.ts";
import type { ServerPool } from "./engines/server-pool.ts";
import { createWorkDatabase } from "./engines/work-database.ts";
import { EngineError, ToolError } from "./errors.ts";
import type { Files } from "./files.ts";
import type { Finding } from "./finding.ts";
import type { History, Revision } from "./history.ts";
import { judgeLineage } from "./lineage/judge.ts";
import { describeLineage } from "./lineage/lineage.ts";
import { newRevisions } from "./lineage/new-revisions.ts";
import { orderRevisions } from "./lineage/order.ts";
import type { Project } from "./project.ts";
import { oneWayDeclarations } from "./replay/one-way.ts";
import { cutHistory } from "./replay/plan.ts";
import { runPrelude } from "./replay/prelude.ts";
import { replay, type ReplayResult } from "./replay/replay.ts";
import { openStage, type Stage } from "./replay/stage.ts";
import { openSession } from "./sessions/open-session.ts";
import type { Session } from "./sessions/session.ts";
import { toolNamed } from "./tools/registry.ts";
import type { Check, ProjectVerdict } from "./verdict.ts";

/** The commits a change is compared with. */
export interface BaseTrees {
  /** Where the change branched off. */
  readonly mergeBase: Files;
  /** The base branch as it is now, where it has moved on since. */
  readonly tip?: Files;
  /** What the base branch is called. */
  readonly ref: string;
}

/** What all projects of one run share. */
export interface GateContext {
  /** Absolute path of the repository root. */
  readonly root: string;
  readonly files: Files;
  /** Absent: every revision is new. */
  readonly base?: BaseTrees;
  readonly configuration: Configuration;
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (step: string) => void;
}

/**
 * Gates one project. What could not be checked is said in the verdict.
 * @throws ConfigurationError when the project is set up in a way that cannot work
 */
export async function gateProject(project: Project, context: GateContext): Promise<ProjectVerdict> {
  const { configuration, files } = context;
  context.onProgress("reading the history");
  const read = toolNamed(project.tool).readHistory(files, project);
  let lineage = judge(project, context, read);
  if (lineage.blocked !== undefined)
    return verdictOf(project, lineage, { checks: replayChecks("skipped", lineage.blocked), findings: [] });

  let server: ProjectVerdict["server"];
  try {
    context.onProgress("starting PostgreSQL");
    const started = await context.servers.server({
      ...optional("postgres", project.postgres ?? configuration.postgres),
      ...optional("image", project.image ?? configuration.image),
    });
    server = { engine: started.engine, version: started.version, startMs: Math.round(started.startMs) };
    await using database = await createWorkDatabase(started, project.database ?? "headgate");
    if (project.prelude.length > 0 || project.start) {
      const client = await database.connect();
      await runPrelude(client, files, project).finally(() => client.end());
    }
    context.onProgress(`loading ${project.tool}`);
    const timeLimitMs = configuration["time-limit"];
    await using session = await openSession({ ...context, project, connection: database.connection, timeLimitMs });
    lineage = judge(project, context, await session.history());
    if (lineage.blocked !== undefined)
      return verdictOf(project, lineage, { checks: replayChecks("skipped", lineage.blocked), findings: [] }, server);
    await using stage = openStage(session, database, timeLimitMs);
    return verdictOf(project, lineage, await replayNew(project, context, lineage, session, stage), server);
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof ToolError)) throw error;
    return verdictOf(project, lineage, { checks: replayChecks("errored", error.message), findings: [] }, server);
  }
}

/** A history with what the lineage room says of it. */
interface JudgedLineage {
  readonly history: History;
  /** Parents before children. */
  readonly ordered: readonly Revision[];
  readonly newIds: ReadonlySet<string>;
  readonly check: Check;
  readonly findings: readonly Finding[];
  /** Why it makes no sense to replay this history. */
  readonly blocked?: string;
}

/** Findings after which there is no order to replay in. */
const unsound = new Set([
  "missing-parent",
  "revision-cycle",
  "duplicate-revision",
  "duplicate-version",
  "unreadable-migration",
]);

function judge(project: Project, context: GateContext, history: History): JudgedLineage {
  const startedAt = performance.now();
  const tool = toolNamed(project.tool);
  const newIds = newRevisions(history, context.base?.mergeBase, tool, project);
  const findings = judgeLineage(history, {
    tool,
    project,
    newIds,
    ...(context.base ? { base: context.base } : {}),
  });
  const durationMs = Math.round(performance.now() - startedAt);
  const errors = findings.filter(({ severity }) => severity === "error");
  const problem = errors.find(({ ruleId }) => unsound.has(ruleId));
  const empty = history.revisions.length === 0;
  const check: Check =
    errors.length > 0
      ? {
          id: "lineage",
          status: "failed",
          reason: [...new Set(errors.map(({ ruleId }) => ruleId))].join(", "),
          durationMs,
        }
      : empty
        ? {
            id: "lineage",
            status: project.allowEmpty ? "skipped" : "errored",
            reason: `there is no revision yet in ${project.migrations.join(", ")}${
              project.allowEmpty ? "" : "; if that is right, set `allow-empty: true` for the project in headgate.yml"
            }`,
            durationMs,
          }
        : { id: "lineage", status: "passed", durationMs };
  const blocked = problem
    ? `the history has to be sound first (${problem.ruleId})`
    : empty
      ? "there is no revision to replay"
      : undefined;
  return {
    history,
    ordered: problem ? history.revisions : orderRevisions(history),
    newIds,
    check,
    findings,
    ...optional("blocked", blocked),
  };
}

async function replayNew(
  project: Project,
  context: GateContext,
  { ordered, newIds }: JudgedLineage,
  session: Session,
  stage: Stage,
): Promise<ReplayResult> {
  const all = context.configuration.replay === "all";
  const range = cutHistory(ordered, project, ({ id }) => all || newIds.has(id));
  const oneWay = oneWayDeclarations(context.files, project, range.replayed);
  await session.prepare();
  if (range.stamped.length > 0) await session.stamp(range.stamped.map(({ id }) => id));
  const result = await replay(stage, {
    ...range,
    oneWay: oneWay.reasons,
    forwardOnly: `${project.layout ?? project.tool} migrations have no way back: the tool is forward only`,
    onProgress: context.onProgress,
  });
  return { checks: result.checks, findings: [...oneWay.findings, ...result.findings] };
}

const replayChecks = (status: "skipped" | "errored", reason: string): readonly Check[] =>
  (["upgrade", "downgrade", "reupgrade"] as const).map((id) => ({ id, status, reason, durationMs: 0 }));

function verdictOf(
  { name, tool, directory }: Project,
  { history, ordered, newIds, check, findings }: JudgedLineage,
  replayed: ReplayResult,
  server?: ProjectVerdict["server"],
): ProjectVerdict {
  return {
    name,
    tool,
    directory,
    ...optional("server", server),
    lineage: describeLineage(history, ({ id }) => newIds.has(id)),
    checks: [check, ...replayed.checks],
    findings: [...findings, ...replayed.findings],
    revisions: ordered.map(({ id, file, title, downRevisions }) => ({
      id,
      file,
      ...optional("title", title),
      new: newIds.has(id),
      downRevisions,
    })),
  };
}

/** An object with the key, or without it where there is no value: an absent property says more than `undefined`. */
function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
