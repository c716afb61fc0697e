import type { Context } from "./conversation.ts";
import type { Transaction } from "./transaction.ts";

/** What our questions call, operators included. */
const functions =
  `concat_ws current_setting int8 int84gt name nameeq namene oideq oidge oidgt oidle pg_backend_pid pg_current_wal_insert_lsn
  pg_lock_status pg_relation_filenode pg_stat_force_next_flush pg_stat_get_xact_function_calls pg_stat_get_xact_numscans
  pg_stat_get_xact_tuples_returned set_config string_agg sum texteq texticregexeq unnest`.split(/\s+/);

/**
 * Whether everybody may call them. Whether one role may cannot be asked by it where that is taken away too.
 * And the number of the one that is called by its number.
 */
export const publicRightQuery = `select (pg_catalog.has_schema_privilege('public', 'pg_catalog', 'usage')
  and pg_catalog.bool_and(pg_catalog.has_function_privilege('public', p.oid, 'execute')))::pg_catalog.text, 'pg_catalog.pg_current_wal_insert_lsn()'::pg_catalog.regprocedure::pg_catalog.oid::pg_catalog.int8
  from pg_catalog.pg_proc p where p.proname operator(pg_catalog.=) any ('{${functions.join()}}'::pg_catalog.name[])
  and p.pronamespace operator(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace`;

/** What is said of a statement that the server was not asked about for that. */
export const withoutRight = "The role has no right to ask the server what it did.";

/** Whether the session's role may ask: a question that it may not ask would fail its transaction. */
export function mayAsk({ exchange, observer }: Context, transaction: Transaction): boolean {
  if (exchange.parameter("is_superuser") === "on") return true;
  return !transaction.revokes && observer.code()?.publicMayAsk === true;
}
