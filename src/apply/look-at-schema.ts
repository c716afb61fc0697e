import type pg from "pg";
import type { SchemaFinding } from "../apply-report.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import { readingOf } from "../catalog/statements.ts";
import { EngineError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { Project } from "../project.ts";
import { compared, comparison, type Made } from "./drift.ts";
import {
  changeSince,
  describeChanges,
  digestOfApplied,
  digestsOf,
  readLeftSchema,
  type LeftChange,
} from "./left-schema.ts";
import { historiesOf, type FoundStanding } from "./read-standing.ts";
import { isConnectionFailure } from "./server-trouble.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Whether the schema of a database is as Headgate left it, with SELECTs alone: what can be known without a rehearsal. It says
 * so where it cannot.
 */
export async function lookAtSchema(
  client: pg.ClientBase,
  project: Project,
  files: Files,
  { ledger, versionTable, applied, half, unfinished }: FoundStanding,
): Promise<SchemaFinding> {
  const unknown = (reason: string): SchemaFinding => ({ state: "not-known", differences: [], reason });
  if (versionTable === undefined) return unknown("nothing of this project was applied here");
  if (half !== undefined || unfinished !== undefined) return unknown("a revision is half done");
  const left =
    ledger.length === 0 ? undefined : await readLeftSchema(client, project.name, historiesOf(project, files));
  if (left === undefined) return unknown("no run of Headgate has written down how it left it");
  if (left.applied !== digestOfApplied(applied))
    return unknown("other revisions are applied than when Headgate wrote down last how it left it");
  if (left.reading !== (await readingHere(client)))
    return unknown("another version of Headgate or PostgreSQL wrote down how it was left");
  const keys = new Set([...left.objects.keys()].map((key) => key.replace("\t", " ")));
  const made = { schemas: new Set(left.schemas), has: (key: string) => keys.has(key) };
  try {
    const now = compared(await readCatalog(client), made, comparison(project, { versionTable }));
    const differences = describeChanges(left.objects, digestsOf(now));
    return { state: differences.length > 0 ? "changed" : "as-left", differences, leftAt: left.at.toISOString() };
  } catch (error) {
    if (!(error instanceof EngineError) || isConnectionFailure(error.cause)) throw error;
    return unknown(error.message.replace(/\.$/, ""));
  }
}

/** What is to be written down of a schema that a step has left. `left`: what of it is compared. */
export async function changeLeft(
  { client, project, histories }: Pick<StepContext, "client" | "project" | "histories">,
  { applied, made, left }: { readonly applied: ReadonlySet<string>; readonly made: Made; readonly left: Catalog },
): Promise<LeftChange> {
  return changeSince(await readLeftSchema(client, project, histories), {
    reading: await readingHere(client),
    applied: digestOfApplied(applied),
    schemas: [...made.schemas],
    objects: digestsOf(left),
  });
}

/** How catalogs of this server are read by this version. */
async function readingHere(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  return readingOf(Math.floor((rows[0]?.version ?? 0) / 10_000));
}
