import type pg from "pg";

/**
 * Settings of a session that a migration should not depend on, each with another value than this session has: a time zone
 * half a day away, days before months, numbers and names of another country, one more schema to look in.
 *
 * Only what no sound client trips over is changed: dates are still printed as ISO 8601, because drivers read no other, and
 * `lc_messages` stays, which takes a superuser and would give people errors in a foreign language. The schema that is
 * appended to `search_path` does not exist, so that every name still means what it meant; any other path would break
 * migrations that rightly rely on theirs.
 */
export async function otherSettings(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<Record<"path" | "zone" | "dates" | "numbers", string>>(
    `select pg_catalog.current_setting('search_path') as path, pg_catalog.current_setting('TimeZone') as zone,
       pg_catalog.current_setting('DateStyle') as dates, pg_catalog.current_setting('lc_numeric') as numbers`,
  );
  const [here] = rows;
  if (here === undefined) return new Map();
  const zone = here.zone === farAway ? "UTC" : farAway;
  const candidates: readonly (readonly [string, string])[] = [
    ["TimeZone", zone],
    ["DateStyle", here.dates.endsWith("DMY") ? "ISO, MDY" : "ISO, DMY"],
    ...(here.path === "" ? [] : [["search_path", `${here.path}, headgate_elsewhere`] as const]),
  ];
  const locale = await otherLocale(client, here.numbers);
  return new Map([
    ...candidates,
    ...(locale === undefined
      ? []
      : ["lc_numeric", "lc_monetary", "lc_time"].map((category) => [category, locale] as const)),
  ]);
}

const farAway = "Pacific/Kiritimati";

/** A locale that the server has; one that writes numbers differently, if it can be told by its name. */
async function otherLocale(client: pg.ClientBase, here: string): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct collcollate as name from pg_catalog.pg_collation
     where collprovider = 'c' and collcollate <> '' and collcollate <> $1
       and collencoding in (-1, (select encoding from pg_catalog.pg_database where datname = pg_catalog.current_database()))
     order by 1`,
    [here],
  );
  const names = rows.map(({ name }) => name);
  return names.find((name) => !/^(?:C|POSIX|en)\b|^(?:C|POSIX|en)[._]/.test(name)) ?? names[0];
}
