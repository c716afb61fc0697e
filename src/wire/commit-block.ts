import { asItIs } from "./as-it-is.ts";
import type { Context } from "./conversation.ts";
import { noEvidence } from "./evidence.ts";
import { confirm } from "./confirm.ts";
import type { ScriptStatement } from "./script.ts";
import { refreshSettings } from "./session-settings.ts";
import { settleDeferred } from "./settle-deferred.ts";
import { failed, openRecord } from "./simple-query.ts";

/** The client's COMMIT of a transaction block, with what was put off to it. Resolves to whether the text may go on. */
export async function commitBlock(context: Context, piece: ScriptStatement, query: Buffer): Promise<boolean> {
  const { asking, exchange, transactions } = context;
  const transaction = transactions.current() ?? transactions.begin("explicit");
  await refreshSettings(context, "simple");
  await confirm(context, transaction, "simple");
  const { evidence, failure } = await settleDeferred(context, transaction, "simple");
  if (!failure) return asItIs(context, piece, query, { evidence });
  const record = openRecord(context, piece.bytes, transaction.number, transaction.block);
  exchange.put(failure);
  // A COMMIT that fails ends the transaction, too.
  await asking.simple("rollback");
  transactions.end();
  context.settings = undefined;
  record.finish({ ...failed(failure), evidence: noEvidence("It failed.") });
  return false;
}
