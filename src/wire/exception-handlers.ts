import { firstUserOid } from "./known-relations.ts";

/**
 * Functions, procedures and triggers' code that may take a part of its work back: what that part had locked is not held any
 * more when the statement ends. https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING
 */
export const handlersQuery = `select p.oid::pg_catalog.int8, case l.lanname when 'plpgsql' then p.prosrc end
  from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid operator(pg_catalog.=) p.prolang
  where p.oid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid
   and case l.lanname when 'plpgsql' then p.prosrc operator(pg_catalog.~*) 'exception'
    else l.lanname operator(pg_catalog.<>) all ('{internal,c,sql}'::pg_catalog.name[]) end`;

/** Their numbers, from the rows of {@link handlersQuery}. */
export function readHandlers(rows: readonly (readonly (string | null)[])[]): readonly number[] {
  return rows.flatMap(([oid, source]) => (source === null || mayTakeBack(source ?? "") ? [Number(oid)] : []));
}

/** Whether a text in PL/pgSQL has a handler of exceptions; the word alone is enough, unless it only raises one. */
export function mayTakeBack(source: string): boolean {
  return /\bexception\b/i.test(source.replaceAll(/\braise\s+exception\b/gi, ""));
}

/** Whether the text of CREATE FUNCTION may make such a function. */
export function definesHandler(sql: string): boolean {
  return mayTakeBack(sql) || !/\blanguage\s+['"]?(?:sql|plpgsql|c|internal)\b/i.test(sql);
}
