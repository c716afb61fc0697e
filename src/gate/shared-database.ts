import type pg from "pg";
import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import { createWorkDatabase, type WorkDatabase } from "../engines/work-database.ts";
import { ConfigurationError, original, ToolError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { optional } from "../optional.ts";
import { listed } from "../prose.ts";
import type { Project, TargetDatabase } from "../project.ts";
import { describeFailure, failurePlace } from "../replay/findings.ts";
import { runPrelude } from "../replay/prelude.ts";
import { cutHistory } from "../replay/range.ts";
import { limitedStep } from "../replay/steps.ts";
import type { Repository } from "../repository/repository.ts";
import { openSession } from "../sessions/open-session.ts";
import { withinLimit } from "../sessions/within-limit.ts";
import { loadParser } from "../sql/parser.ts";
import { toolNamed } from "../tools/registry.ts";
import type { ProjectVerdict } from "../verdict.ts";
import type { GateContext } from "./gate-context.ts";
import { judgeProjectLineage } from "./project-lineage.ts";
import { sharedRecord } from "./shared-record.ts";

/** Projects whose migrations meet in one database. */
export interface SharedDatabase {
  /** Where the configuration says so, in words. */
  readonly where: string;
  readonly projects: readonly Project[];
}

/**
 * The databases that several projects share, as far as the configuration says it: they name the same variable under `targets`,
 * for the whole database or for the same tenants. Where it says nothing, each project has a database of its own.
 */
export function sharedDatabases(projects: readonly Project[]): readonly SharedDatabase[] {
  const databases = projects.flatMap((project) =>
    (project.targets?.databases ?? []).map((database) => ({ project, database })),
  );
  const groups = [...Map.groupBy(databases, ({ database }) => database.variable)].map(([variable, members]) => ({
    where: variable,
    projects: [
      ...new Set(
        members
          .filter((one) =>
            members.some((other) => other.project !== one.project && haveCommon(one.database, other.database)),
          )
          .map(({ project }) => project),
      ),
    ],
  }));
  const seen = new Set<string>();
  return groups.filter((group) => {
    const names = JSON.stringify(group.projects.map(({ name }) => name));
    const isFirst = group.projects.length > 1 && !seen.has(names);
    seen.add(names);
    return isFirst;
  });
}

function haveCommon({ schemas: ours }: TargetDatabase, { schemas: theirs }: TargetDatabase): boolean {
  if (ours === undefined || theirs === undefined) return ours === theirs;
  return ours.some((name) => theirs.includes(name));
}

/** A finding, and the project that it is told of. */
export interface SharedFinding {
  readonly project: Project;
  readonly finding: Finding;
  /** Present where PostgreSQL gave out: what the finding says was to be checked, and could not be. */
  readonly lost?: string;
}

/**
 * Applies the projects of one database to one database, those that the change brings nothing for first; nothing where none
 * brings anything, or one does not work by itself.
 */
export async function judgeShared(
  { where, projects }: SharedDatabase,
  verdicts: readonly ProjectVerdict[],
  repository: Repository,
  context: GateContext,
): Promise<SharedFinding | undefined> {
  const verdictOf = ({ name }: Project) => verdicts.find((verdict) => verdict.name === name);
  const brings = (project: Project) => (verdictOf(project)?.lineage?.new.length ?? 0) > 0;
  const works = (project: Project) =>
    verdictOf(project)?.checks.every(
      ({ id, status }) => id !== "upgrade" || status === "passed" || status === "skipped",
    );
  if (!projects.some(brings) || !projects.every(works)) return undefined;
  const ordered = [...projects.filter((one) => !brings(one)), ...projects.filter(brings)];
  const [first, last] = [ordered[0] as Project, ordered.at(-1) as Project];
  context.onProgress(`applying ${names(ordered)} to one database`);
  const untried = (reason: string): SharedFinding => ({
    project: last,
    finding: {
      ruleId: "projects-not-tried-together",
      severity: "warning",
      title: "Projects of one database were not tried together",
      message: `${names(ordered)} share the database of ${where}, and could not be applied to one: ${reason}`,
    },
  });
  let server: PostgresServer | undefined;
  try {
    server = await context.servers.server({
      ...optional("postgres", first.postgres ?? repository.configuration.postgres),
      ...optional("image", first.image ?? repository.configuration.image),
    });
    const found = await applyTogether({ where, projects: ordered }, server, repository, context);
    if (found !== undefined) return typeof found === "string" ? untried(found) : found;
  } catch (thrown) {
    const error = original(thrown);
    if (error instanceof ToolError || error instanceof ConfigurationError) return untried(error.message);
    const lost = lostServer(error, server);
    if (lost === undefined) throw error;
    // Each of them has its verdict.
    return { ...untried(lost.message), lost: lost.message };
  }
  const revisionsOf = (project: Project) => verdictOf(project)?.revisions.map(({ id }) => id) ?? [];
  const table = sharedRecord(ordered, repository, revisionsOf);
  if (table === undefined) return undefined;
  return {
    project: last,
    finding: {
      ...collision(
        `${names(ordered)} share the database of ${where}, and, as far as headgate.yml says, the version table ${table}: each takes the other's revisions for its own.`,
        "Say in headgate.yml with `version-table:` which table each has; where it is really one, give each its own.",
      ),
      severity: "warning",
    },
  };
}

/** Applies projects to one database, in this order; gives what keeps one of them from it, or why that cannot be told. */
async function applyTogether(
  { where, projects }: SharedDatabase,
  server: PostgresServer,
  repository: Repository,
  context: GateContext,
): Promise<SharedFinding | string | undefined> {
  await loadParser();
  await using database = await createWorkDatabase(server, projects[0]?.database ?? "headgate");
  for (const [at, project] of projects.entries()) {
    const failed = await applyAll(project, database, repository, context);
    if (failed === undefined) continue;
    if ("table" in failed)
      return {
        project,
        finding: collision(
          `${names(projects)} share the database of ${where}, and the version table ${failed.table}, in which ${toolNamed(project.tool).title} keeps how far it came: each takes the other's revisions for its own.`,
          "Give each a version table of its own, or a database.",
        ),
      };
    if (at === 0) return failed.message;
    const others = names(projects.slice(0, at));
    return {
      project,
      finding: {
        ...collision(
          `\`${failed.revision}\` works by itself, and fails in the database of ${where} where ${others} ${at === 1 ? "is" : "are"} applied already: ${failed.message}`,
          "Give what both make different names or schemas, or let one of the projects make it.",
        ),
        ...failed.place,
        revision: failed.revision,
        direction: "up",
      },
    };
  }
  return undefined;
}

const names = (projects: readonly Project[]): string => listed(projects.map(({ name }) => name));

const collision = (message: string, help: string): Finding => ({
  ruleId: "projects-collide",
  severity: "error",
  title: "Projects of one database are in each other's way",
  message,
  help,
});

/** The ordinary tables of a database, each with its schema. */
async function tablesIn(client: pg.Client): Promise<readonly { readonly name: string; readonly schema: string }[]> {
  const { rows } = await client.query<{ name: string; schema: string }>(
    "select c.relname as name, n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'",
  );
  return rows;
}

interface FailedRevision {
  readonly revision: string;
  readonly message: string;
  readonly place: Pick<Finding, "file" | "line">;
}

/** Applies all revisions of a project; gives the one that fails, or the version table that is another's. @throws ToolError and ConfigurationError */
async function applyAll(
  project: Project,
  database: WorkDatabase,
  { root, files, configuration }: Repository,
  { environment }: GateContext,
): Promise<FailedRevision | { readonly table: string } | undefined> {
  const client = await database.connect();
  await using opened = new AsyncDisposableStack();
  opened.defer(() => client.end());
  const before = new Set((await tablesIn(client)).map(({ name, schema }) => JSON.stringify([schema, name])));
  await runPrelude(client, files, project);
  const timeLimitMs = configuration["time-limit"];
  await using session = await openSession({
    root,
    files,
    project,
    connection: database.connection,
    environment,
    timeLimitMs,
  });
  const limited = <Result>(what: string, action: () => Promise<Result>) =>
    withinLimit(what, timeLimitMs, () => session.kill(), action);
  const history = await limited("Reading the history", () => session.history());
  const { ordered, blocked } = judgeProjectLineage(project, history, undefined);
  if (blocked !== undefined) return undefined;
  const versionTables = await limited("Preparing the version table", () => session.prepare());
  // One that was there before this project is another's; tools of SQL files may be told another on their command line.
  const isPosition = project.tool !== "sql" && toolNamed(project.tool).versionRecord(files, project)?.positional;
  const kept = (await tablesIn(client)).filter(({ name }) => versionTables.includes(name));
  if (isPosition && kept[0] && kept.every(({ name, schema }) => before.has(JSON.stringify([schema, name]))))
    return { table: kept[0].name };
  const { stamped, earlier } = cutHistory(ordered, project, () => false);
  if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
  for (const { id, file } of earlier) {
    const outcome = await limitedStep(session, () => session.upgrade([id]), timeLimitMs, database.runningStatements);
    if (outcome.kind === "done") continue;
    if (outcome.kind === "hung") throw new ToolError(`\`${id}\` did not come to an end.`);
    // Where nobody answers any more, it is not the revision's fault.
    await client.query("select");
    const { failure } = outcome;
    return { revision: id, message: describeFailure(failure), place: { file, ...failurePlace(failure) } };
  }
  await session.release();
  return undefined;
}
