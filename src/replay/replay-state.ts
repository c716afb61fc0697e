import type pg from "pg";
import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import { readSystemSettings } from "../engines/server-objects.ts";

/** Kind of what `ALTER SYSTEM` has set. It is in a file of the server's and in no catalog. */
const kind = "server setting";

/** The catalog as it is now, with the settings that `ALTER SYSTEM` has written, where they may be read. */
export async function readReplayState(client: pg.ClientBase): Promise<Catalog> {
  const settings = await readSystemSettings(client).catch((error: { readonly code?: string }) => {
    if (error.code !== "42501") throw error;
    return new Map<string, string>();
  });
  const catalog = await readCatalog(client);
  if (settings.size === 0) return catalog;
  const objects = [...settings].map(([name, value]): [string, CatalogObject] => [
    `${kind} ${name}`,
    { kind, name, attributes: { value } },
  ]);
  return { objects: new Map([...catalog.objects, ...objects]) };
}
