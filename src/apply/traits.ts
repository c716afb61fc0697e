import type pg from "pg";
import type { ServerTraits } from "./rehearsal.ts";

/** Reads what of a server, and of the role there, decides how migrations run. */
export async function readTraits(client: pg.ClientBase): Promise<ServerTraits> {
  const { rows } = await client.query<{ version: number; zone: string; path: string; schemas: readonly string[] }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('TimeZone') AS zone,
            replace(current_setting('search_path'), '"$user"', quote_ident(current_user)) AS path,
            array_remove(current_schemas(false), 'public')::text[] AS schemas`,
  );
  const [traits] = rows;
  const { zone = "UTC", path = "public", schemas = [] } = traits ?? {};
  // In the ordinary case no schema has the role's name, and the path is the one that every server begins with.
  const isOrdinary = schemas.length === 0 && /^[^,]+, public$/.test(path);
  return {
    major: Math.floor((traits?.version ?? 0) / 10_000),
    settings: { timezone: zone, ...(isOrdinary ? {} : { search_path: path }) },
    schemas,
  };
}
