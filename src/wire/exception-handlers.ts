import { firstUserOid } from "./known-relations.ts";

/**
 * Functions, procedures and triggers' code that may take a part of its work back: what that part had locked is not held any
 * more when the statement ends. https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING
 */
export const handlersQuery = `select p.oid::pg_catalog.int8, case l.lanname when 'plpgsql' then p.prosrc end, case when
   exists(select from pg_catalog.pg_aggregate a where p.oid operator(pg_catalog.=) any (array[a.aggtransfn::pg_catalog.oid,
     a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]))
   or exists(select from pg_catalog.pg_operator o where o.oprcode::pg_catalog.oid operator(pg_catalog.=) p.oid)
   or exists(select from pg_catalog.pg_amproc m where m.amproc::pg_catalog.oid operator(pg_catalog.=) p.oid)
   or exists(select from pg_catalog.pg_range r where r.rngsubdiff::pg_catalog.oid operator(pg_catalog.=) p.oid)
   then 'uncounted' end
  from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid operator(pg_catalog.=) p.prolang
  where p.oid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid
   and case l.lanname when 'plpgsql' then p.prosrc operator(pg_catalog.~*) 'exception|execute'
    else l.lanname operator(pg_catalog.<>) all ('{internal,c,sql}'::pg_catalog.name[]) end`;

/** Why the evidence of a statement that ran such code is not complete. */
export const takenBack =
  "It ran code that may take a part of its work back (EXCEPTION); what that part had locked and read is not seen.";

/** The functions of a database that may take a part of their work back. */
export interface Handlers {
  /** Their numbers. */
  readonly oids: readonly number[];
  /**
   * Whether the server counts each call of theirs (`track_functions`): not those of an aggregate, of an operator class, and
   * of an operator that compares a list or groups rows.
   */
  readonly counted: boolean;
}

/** From the rows of {@link handlersQuery}. */
export function readHandlers(rows: readonly (readonly (string | null)[])[]): Handlers {
  const handlers = rows.filter(([, source]) => source === null || mayTakeBack(source ?? ""));
  return {
    oids: handlers.map(([oid]) => Number(oid)),
    counted: handlers.every(([, , uncounted]) => uncounted === null),
  };
}

/**
 * Whether a text in PL/pgSQL has a handler of exceptions, or may run a block that has one: the word alone is enough, unless it
 * only raises one, and so is a statement whose first word is not in the text.
 */
export function mayTakeBack(source: string): boolean {
  if (/\bexception\b/i.test(source.replaceAll(/\braise\s+exception\b/gi, ""))) return true;
  return [...source.matchAll(/\bexecute\b(?!\s+(?:function|procedure|on)\b)/gi)].some(
    ({ 0: word, index }) => !beginsInText.test(source.slice(index + word.length, index + longestBeginning)),
  );
}

/** `EXECUTE 'DROP …`, `EXECUTE format('ALTER …`: what these do is not a block's. */
const beginsInText =
  /^\s*\(?\s*(?:format\s*\(\s*)?(?:e|u&)?(?:'+|\$\w*\$)\s*(?:alter|analy[sz]e|cluster|comment|copy|create|delete|drop|grant|insert|lock|merge|notify|refresh|reindex|reset|revoke|select|set|truncate|update|vacuum|with)\b/i;
/** In characters. */
const longestBeginning = 500;

/** They may make such a function, or have it called where its calls are not counted, whatever their text says. */
const mayDefine = new Set([
  "AlterExtensionStmt",
  "AlterOpFamilyStmt",
  "CallStmt",
  "CreateExtensionStmt",
  "CreateOpClassStmt",
  "CreateRangeStmt",
  "DefineStmt",
  "ExecuteStmt",
]);

/** Whether a statement may make such a function. `runs`: it calls functions that may be anybody's. */
export function definesHandler(node: string, sql: string, { runs }: { readonly runs: boolean }): boolean {
  if (runs || mayDefine.has(node)) return true;
  if (node !== "CreateFunctionStmt" && node !== "DoStmt") return false;
  return mayTakeBack(sql) || !/\blanguage\s+['"]?(?:sql|plpgsql|c|internal)\b/i.test(sql);
}
