import type pg from "pg";
import type { ServerTraits } from "./rehearsal.ts";

/** Reads what of a server decides how migrations run. */
export async function readTraits(client: pg.ClientBase): Promise<ServerTraits> {
  const { rows } = await client.query<{ version: number; zone: string }>(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('TimeZone') AS zone",
  );
  const [traits] = rows;
  return { major: Math.floor((traits?.version ?? 0) / 10_000), timeZone: traits?.zone ?? "UTC" };
}
