import type pg from "pg";
import type { WorkDatabase } from "../engines/work-database.ts";
import { ToolError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Project } from "../project.ts";
import { describeFailure, failurePlace } from "../replay/findings.ts";
import { runPrelude } from "../replay/prelude.ts";
import { cutHistory } from "../replay/range.ts";
import { limitedStep } from "../replay/steps.ts";
import type { Repository } from "../repository/repository.ts";
import { openSession } from "../sessions/open-session.ts";
import { withinLimit } from "../sessions/within-limit.ts";
import { toolNamed } from "../tools/registry.ts";
import type { GateContext } from "./gate-context.ts";
import { judgeProjectLineage } from "./project-lineage.ts";

/** The ordinary tables of a database, each with its schema. */
async function tablesIn(client: pg.Client): Promise<readonly { readonly name: string; readonly schema: string }[]> {
  const { rows } = await client.query<{ name: string; schema: string }>(
    "select c.relname as name, n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r'",
  );
  return rows;
}

/** The revision of a project that fails, and why. */
export interface FailedRevision {
  readonly revision: string;
  readonly message: string;
  readonly place: Pick<Finding, "file" | "line">;
}

/** Applies all revisions of a project; gives the one that fails, or the version table that is another's. @throws ToolError and ConfigurationError */
export async function applyProject(
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
