import { quoteIdentifier } from "./quote-identifier.ts";

/** Words that are no name without quotes, in some position or other. */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between binary both case cast check collate collation column
  concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
  current_user default deferrable desc distinct do else end except exists false fetch for foreign freeze from full grant group having
  ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull
  null offset on only or order outer overlaps placing primary references returning right select session_user setof similar some
  symmetric system_user table tablesample then to trailing true union unique user using values variadic verbose when where window with`.split(
    /\s+/,
  ),
);

/** A name as a person would write it in SQL: in double quotes only where it needs them. */
export function identifierText(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name) ? name : quoteIdentifier(name);
}
