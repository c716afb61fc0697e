import { asItIs } from "./as-it-is.ts";
import { commitBlock } from "./commit-block.ts";
import type { Context } from "./conversation.ts";
import { notInTransaction } from "../postgres/sql-states.ts";
import { noEvidence } from "./evidence.ts";
import { inBlock } from "./in-block.ts";
import { message } from "./messages.ts";
import { confirm } from "./confirm.ts";
import type { StatementEvidence } from "./recording.ts";
import type { ScriptStatement } from "./script.ts";
import { lowerLevel } from "./session-settings.ts";
import { settleDeferred } from "./settle-deferred.ts";
import { failed, openRecord } from "./simple-query.ts";

/** Several statements in one text: one implicit transaction, unless they say otherwise. */
export async function severalStatements(context: Context, script: readonly ScriptStatement[]): Promise<void> {
  const { exchange, asking, transactions } = context;
  let ours = false;
  for (const [index, piece] of script.entries()) {
    const query = message("Q", Buffer.concat([piece.bytes, Buffer.alloc(1)]));
    const last = index === script.length - 1;
    const { control } = piece.kind;
    let deferred: StatementEvidence | undefined;
    if (exchange.closed()) return;
    if (ours && control && control !== "begin") {
      const transaction = transactions.current();
      if (transaction) await confirm(context, transaction, "simple");
      const settled =
        transaction && control === "commit" ? await settleDeferred(context, transaction, "simple") : undefined;
      deferred = settled?.evidence;
      // The server ends an implicit transaction with a warning, or refuses; outside of any it does and says the same.
      await lowerLevel(context);
      const ended = await asking.simple(control === "commit" ? "commit" : "rollback", { cancellable: true });
      transactions.end();
      context.settings = undefined;
      ours = false;
      const failure = settled?.failure ?? ended.failure;
      if (failure) {
        openRecord(context, piece.bytes, transaction?.number ?? 0, "none").finish({
          ...failed(failure),
          evidence: noEvidence("It failed."),
        });
        return exchange.put(failure);
      }
    }
    if (exchange.status() === "I" && control) {
      // With a second statement the server is where it would be: in an implicit transaction block.
      const companion = message("Q", Buffer.concat([piece.bytes, Buffer.from("\n;show lock_timeout\0")]));
      if (!(await asItIs(context, piece, companion, { extra: true, ...(deferred && { evidence: deferred }) }))) return;
      continue;
    }
    if (exchange.status() === "E") {
      if (!(await asItIs(context, piece, query))) return;
      continue;
    }
    if (!ours && piece.kind.commits) {
      if (!(await commitBlock(context, piece, query))) return;
      continue;
    }
    if (ours && control === "begin") {
      ours = false;
      const transaction = transactions.current();
      if (transaction) await confirm(context, transaction, "simple");
      if (transaction) transaction.block = "explicit";
      if (await asItIs(context, piece, query, { drop: notInTransaction })) continue;
      await asking.simple("rollback");
      return transactions.end();
    }
    const opens = exchange.status() === "I";
    ours ||= opens;
    if (!(await inBlock(context, piece, query, { opens, closes: ours && last, lone: false }))) return;
    if (!opens && !ours && exchange.status() === "I") transactions.end();
  }
}
