import type pg from "pg";
import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import { readSystemSettings } from "../engines/server-objects.ts";

/** Kind of what `ALTER SYSTEM` has set. It is in a file of the server's and in no catalog. */
const kind = "server setting";

/** The catalog as it is now, with the settings that `ALTER SYSTEM` has written, where they may be read. */
export async function readReplayState(client: pg.ClientBase): Promise<Catalog> {
  const settings = await systemSettings(client);
  const catalog = await readCatalog(client);
  if (settings.size === 0) return catalog;
  const objects = [...settings].map(([name, value]): [string, CatalogObject] => [
    `${kind} ${name}`,
    { kind, name, attributes: { value } },
  ]);
  return { objects: new Map([...catalog.objects, ...objects]) };
}

type Settings = ReadonlyMap<string, string>;

/** What was read last over a connection. */
const last = new WeakMap<pg.ClientBase, { readonly file: string; readonly settings: Settings }>();

/** Reads the settings only where their file is not what it was: the server looks through all its files for them. */
async function systemSettings(client: pg.ClientBase): Promise<Settings> {
  try {
    const { rows } = await client.query<{ file: string | null }>(
      `select case when (pg_catalog.pg_stat_file('postgresql.auto.conf', true)).size is not null
         then pg_catalog.pg_read_file('postgresql.auto.conf') end as file`,
    );
    const file = rows[0]?.file ?? "";
    const known = last.get(client);
    if (known?.file === file) return known.settings;
    const settings = await readSystemSettings(client);
    last.set(client, { file, settings });
    return settings;
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "42501") throw error;
    return new Map();
  }
}
