import type pg from "pg";
import type { CatalogDifference } from "../../src/catalog/catalog.ts";
import { compareCatalogs } from "../../src/catalog/difference.ts";
import { readCatalog } from "../../src/catalog/snapshot.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { differingEntries, dump, type DumpEntry } from "../support/pg-dump.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { Change } from "./changes.ts";

/** What the snapshot and `pg_dump` say of one change; no dump where this `pg_dump` cannot read the server. */
export interface Observation {
  readonly differences: readonly CatalogDifference[];
  readonly dumped: readonly DumpEntry[] | undefined;
}

/** The schema of a change, by its place in the list. */
export const changeSchema = (position: number): string => `c${String(position).padStart(3, "0")}`;

/** Applies the changes to one server and watches. Most share a database and are told apart by name. */
export async function applyChanges(
  server: PostgresServer,
  changes: readonly Change[],
  withDump: boolean,
): Promise<Map<string, Observation>> {
  const together = changes.filter(({ alone, apart }) => !alone && !apart);
  const alone = changes.filter((change) => change.alone);
  const apart = changes.filter((change) => change.apart);
  await using maintenance = await createTestDatabase(server, "maintenance");
  await maintenance.query("CREATE ROLE miller; CREATE ROLE baker");
  const observations = await applyTogether(server, together, withDump);
  observations.push(...(await applyAlone(server, "alone", alone, withDump)));
  for (const [position, change] of apart.entries())
    observations.push(...(await applyAlone(server, `apart_${position}`, [change], withDump)));
  return new Map(observations);
}

async function applyTogether(server: PostgresServer, changes: readonly Change[], withDump: boolean) {
  await using client = await createTestDatabase(server, "together");
  const observe = async () => ({
    catalog: await readCatalog(client),
    dump: withDump ? await dump(server, "together") : undefined,
  });
  for (const [position, change] of changes.entries()) {
    await client.query(`CREATE SCHEMA ${changeSchema(position)}`);
    await runPart(client, change, "setup", changeSchema(position));
  }
  const before = await observe();
  for (const [position, change] of changes.entries()) await runPart(client, change, "change", changeSchema(position));
  const after = await observe();
  const differences = Map.groupBy(compareCatalogs(before.catalog, after.catalog), (difference) =>
    schemaIn(difference.kind === "changed" ? difference.after.name : difference.object.name),
  );
  const entries = before.dump && after.dump ? differingEntries(before.dump, after.dump) : undefined;
  const dumped = entries && Map.groupBy(entries, ({ about, sql }) => schemaIn(about === "roles" ? sql : about));
  return changes.map(({ title }, position): [string, Observation] => [
    title,
    {
      differences: differences.get(changeSchema(position)) ?? [],
      dumped: dumped && (dumped.get(changeSchema(position)) ?? []),
    },
  ]);
}

/** The schema of the change that made a difference: what lies outside of schemas has the schema's name in its own. */
export function schemaIn(text: string): string {
  const [schema] = /\bc\d{3}(?=_|\b)/.exec(text) ?? [];
  if (schema === undefined) throw new Error(`A change reaches out of its schema: ${text}`);
  return schema;
}

/** One after the other in one database, observed in between. */
async function applyAlone(server: PostgresServer, database: string, changes: readonly Change[], withDump: boolean) {
  await using client = await createTestDatabase(server, database);
  const observe = async () => ({
    catalog: await readCatalog(client),
    dump: withDump ? await dump(server, database) : undefined,
  });
  for (const change of changes) await runPart(client, change, "setup", "public");
  const observations: [string, Observation][] = [];
  let before = await observe();
  for (const change of changes) {
    await runPart(client, change, "change", "public");
    const after = await observe();
    observations.push([
      change.title,
      {
        differences: compareCatalogs(before.catalog, after.catalog),
        dumped: before.dump && after.dump && differingEntries(before.dump, after.dump),
      },
    ]);
    before = after;
  }
  return observations;
}

/** Runs one part of a change; afterwards the session is as it was. */
export async function runPart(
  client: pg.Client,
  change: Change,
  part: "setup" | "change",
  schema: string,
): Promise<void> {
  const sql = change[part].replaceAll(":schema", schema);
  const statements = change.oneByOne ? sql.split(/;\n/).filter((text) => text.trim()) : [sql];
  try {
    await client.query(`SET search_path = ${schema}`);
    for (const statement of statements) await client.query(statement);
  } catch (cause) {
    if (!(change.fails && part === "change")) throw new Error(`${part} of "${change.title}" failed`, { cause });
  } finally {
    await client.query("RESET ALL");
  }
}
