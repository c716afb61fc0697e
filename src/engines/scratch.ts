import { randomBytes } from "node:crypto";
import pg from "pg";

/** The comment on every database that Headgate makes on somebody else's server. */
export const scratchComment = "Scratch database of a Headgate run; may be dropped when nobody is connected to it.";

/** A name for the first scratch database of a run; the names of its others begin with it. */
export function scratchName(): string {
  return `headgate_${randomBytes(6).toString("hex")}`;
}

/** Drops the scratch databases of one run. `client` is connected to another database. */
export async function dropScratch(client: pg.Client, run: string): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    "select datname from pg_database where datname = $1 or starts_with(datname, $1 || '_')",
    [run],
  );
  for (const { datname } of rows)
    await client.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`);
}

/**
 * Finds runs that were killed before they could drop their scratch databases: those named and commented as Headgate
 * does, with nobody connected to any of them. A run that lives is connected to its first all the time.
 */
export async function abandonedRuns(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ run: string }>(
    `select substring(d.datname from '^headgate_[0-9a-f]{12}') as run
       from pg_database as d
      where d.datname ~ '^headgate_[0-9a-f]{12}(_|$)' and pg_has_role(d.datdba, 'USAGE')
      group by 1
     having bool_or(shobj_description(d.oid, 'pg_database') = $1)
        and not exists (select from pg_stat_activity as a
                         where starts_with(a.datname, substring(min(d.datname) from '^headgate_[0-9a-f]{12}')))
      order by 1`,
    [scratchComment],
  );
  return rows.map((row) => row.run);
}
