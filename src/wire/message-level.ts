import type { Context } from "./conversation.ts";
import { firstUserOid } from "./known-relations.ts";
import type { StatementKind } from "./statement-kind.ts";
import type { Transaction } from "./transaction.ts";

/** A statement or code with this in it may notice that the server was asked to say more, or ask it to say less. */
const mentions =
  /current_setting(?!\s*\(\s*'(?!client_min_messages)[^']*'\s*[,)])|client_min_messages|pg_settings|pg_show_all_settings|pg_db_role_setting/i;

/** Whether a text may notice, as far as it says. */
export const mayReadLevel = (sql: string): boolean => mentions.test(sql);

/** Which code of a database reads or sets it: functions that statements call, or those of event triggers, too, which run after others. */
export type LevelCode = "nothing" | "functions" | "event triggers";

/** Some save it, lower it for their work, and set it to what they saved. */
export const levelQuery = `select case when pg_catalog.count(*) operator(pg_catalog.=) 0 then 'nothing'
  when pg_catalog.bool_or(exists(select from pg_catalog.pg_event_trigger e where e.evtfoid operator(pg_catalog.=) p.oid)) then 'event triggers' else 'functions' end
  from pg_catalog.pg_proc p where p.oid operator(pg_catalog.>=) '${firstUserOid}'::pg_catalog.oid
  and pg_catalog.concat_ws(' ', p.prosrc, p.proconfig) operator(pg_catalog.~*) 'client_min_messages|pg_settings|pg_show_all_settings'`;

/** From the answer to {@link levelQuery}. */
export function readLevelCode(found: string | null | undefined): LevelCode {
  return found === "nothing" || found === "functions" ? found : "event triggers";
}

/** Whether a statement runs code that may read the level of messages or set it: the server is not asked to say more then. */
export function runsLevelCode({ observer }: Context, kind: StatementKind, transaction?: Transaction): boolean {
  const code = observer.code()?.readsLevel ?? "nothing";
  const reads = code !== "nothing" || transaction?.readsLevel === true;
  if (kind.talkative && (code === "event triggers" || (reads && transaction?.makesEventTrigger === true))) return true;
  return kind.runsCode && (kind.notices || reads);
}

/** Why the evidence of such a statement is not complete. */
export const saidLess =
  "It ran code that may read or set client_min_messages; indexes that it built and rows that it verified may be missing.";
