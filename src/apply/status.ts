import type pg from "pg";
import type { Revision } from "../history.ts";
import { judgeProjectLineage } from "../gate/project-lineage.ts";
import { openSession } from "../sessions/open-session.ts";
import type { SchemaFinding, StatusReport } from "../apply-report.ts";
import { lookAtSchema } from "./look-at-schema.ts";
import { openOne, type OneOptions } from "./open-one.ts";
import { leave } from "./patience.ts";
import { productionOf } from "./production.ts";
import { readStanding, type FoundStanding } from "./read-standing.ts";
import { onTarget } from "./server-trouble.ts";
import { invalidIndexes } from "./standing.ts";
import { counted, firstOf } from "../prose.ts";

/** Which database to look at, from which commit. */
export interface StatusOptions extends OneOptions {
  /** Absent: the `PG*` variables say it. */
  readonly databaseUrl?: string;
  /** The environment that the project's tool inherits, secrets removed; `PG*` variables name the target. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Says where a database stands. Reads with SELECTs alone, and creates nothing.
 * @throws EngineError when the database cannot be reached or read
 */
export async function status(options: StatusOptions): Promise<StatusReport> {
  const { environment = process.env } = options;
  const { repository, project } = openOne(options);
  const target = await productionOf(options.databaseUrl, environment, options.schema);
  const client = await target.connect("headgate");
  try {
    return await onTarget(target.description, async () => {
      await client.query("SET default_transaction_read_only = on");
      await using session = await openSession({
        ...repository,
        environment,
        project,
        timeLimitMs: repository.configuration["time-limit"],
      });
      const { ordered } = judgeProjectLineage(project, await session.history(), undefined);
      const standing = await readStanding(client, project, ordered, repository.files);
      const schema = await lookAtSchema(client, project, repository.files, standing);
      const invalid = await invalidIndexes(client, project.schema);
      const last = standing.ledger.findLast(({ event }) => event === "applied" || event === "reverted");
      return {
        schemaVersion: 1,
        project: project.name,
        tool: project.tool,
        target: target.description,
        ...judge(standing, schema, ordered, await hasTables(client, project.schema)),
        applied: ordered.filter(({ id }) => standing.applied.has(id)).map(({ id }) => id),
        pending: standing.pending.map(({ id }) => id),
        unknown: standing.unknown,
        edited: standing.edited.map(({ file }) => file),
        ...(standing.half === undefined
          ? {}
          : { half: { revision: standing.half.revision, finished: standing.half.finished.length } }),
        forgotten: standing.forgotten,
        byOthers: standing.byOthers,
        schema,
        invalidIndexes: invalid,
        ...(last === undefined ? {} : { lastApplied: { revision: last.revision, at: last.at.toISOString() } }),
      };
    });
  } finally {
    await leave(client);
  }
}

function judge(
  { versionTable, applied, pending, unknown, edited, half, unfinished }: FoundStanding,
  { state, differences }: SchemaFinding,
  ordered: readonly Revision[],
  hasOtherTables: boolean,
): Pick<StatusReport, "state" | "summary" | "next"> {
  const apply = "headgate apply";
  if (half !== undefined) {
    const verb = half.direction === "up" ? "applied" : "taken back";
    return {
      state: "half-applied",
      summary: `\`${half.revision}\` is half ${verb}: ${half.finished.length} of its statements ${half.finished.length === 1 ? "is" : "are"} done${half.uncertain === undefined ? "" : ", and one more may be"}.`,
      next: half.direction === "up" ? apply : "headgate downgrade -n 1",
    };
  }
  if (unfinished !== undefined)
    return {
      state: "half-applied",
      summary: `The version table says that \`${unfinished}\` was begun and not finished, and the ledger knows nothing of it.`,
      next: "find out what it left, and correct the table with that tool",
    };
  if (unknown.length > 0)
    return {
      state: "unknown-revisions",
      summary: `The database has ${counted(unknown.length, "revision")} that this commit does not have: ${unknown.join(", ")}.`,
      next: "check out the commit that has them",
    };
  if (edited.length > 0)
    return {
      state: "edited",
      summary: `${counted(edited.length, "file")} changed after being applied: ${edited.map(({ file }) => file).join(", ")}.`,
      next: "bring the old content back, and write a new migration for the change",
    };
  if (versionTable === undefined)
    return hasOtherTables
      ? {
          state: "foreign",
          summary: "The database holds tables, and no version table of this project: nothing of it was applied here.",
          next: "make sure that this is the right database, then headgate apply",
        }
      : {
          state: "empty",
          summary: `The database is empty; ${ordered.length === 1 ? "its one revision is" : `all ${ordered.length} revisions are`} pending.`,
          next: apply,
        };
  const many = ordered.length === 1 ? "The one revision is" : `All ${ordered.length} revisions are`;
  if (state === "changed")
    return {
      state: "drifted",
      summary: `${pending.length > 0 ? `${counted(pending.length, "revision")} pending` : `${many} applied`}, and the schema is not as Headgate left it: ${firstOf(differences).join("; ")}.`,
      next: "undo that, put it into a migration, or name it under `foreign:` in headgate.yml; `headgate apply --dry-run` compares with what the migrations make",
    };
  if (pending.length > 0)
    return {
      state: "pending",
      summary: `${applied.size} of ${ordered.length} revisions are applied; ${pending.length} pending: ${pending.map(({ id }) => id).join(", ")}.`,
      next: apply,
    };
  return {
    state: "up-to-date",
    summary: `${many} applied.`,
    next: "nothing to do",
  };
}

async function hasTables(client: pg.ClientBase, schema: string | undefined): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$|headgate$)'
         AND n.nspname = coalesce($1, n.nspname)) AS found`,
    [schema ?? null],
  );
  return rows[0]?.found ?? false;
}
