import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import { createWorkDatabase } from "../engines/work-database.ts";
import { ConfigurationError, original, ToolError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { optional } from "../optional.ts";
import { listed } from "../prose.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import { loadParser } from "../sql/parser.ts";
import { toolNamed } from "../tools/registry.ts";
import type { ProjectVerdict } from "../verdict.ts";
import type { GateContext } from "./gate-context.ts";
import { applyProject } from "./apply-project.ts";
import type { SharedDatabase } from "./shared-database.ts";
import { sharedRecord } from "./shared-record.ts";

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
    const failed = await applyProject(project, database, repository, context);
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
