import type { Context } from "./conversation.ts";
import { noEvidence } from "./evidence.ts";
import type { Frame } from "./framing.ts";
import { passMessage } from "./pass-message.ts";
import { confirm, noteStatement } from "./confirm.ts";
import { askProbe } from "./probing.ts";
import { lockTimeout, searchPath } from "./session-settings.ts";
import { mayAsk } from "./right-to-ask.ts";
import { statementError } from "./statement-error.ts";

/** Where the function's number is in the message. */
const [oidStart, oidEnd] = [5, 9];

/**
 * Passes a call of a function on (`PQfn`, large objects), and takes it down; ReadyForQuery apart.
 * @returns whether the client gets that: the server passes over the call after an error in a pipeline, and does not answer
 */
export async function callFunction(context: Context, frame: Frame): Promise<boolean> {
  const { exchange, notebook, number, transactions } = context;
  // Of what is too short to hold a number the server says so.
  const oid = frame.bytes.length < oidEnd ? "?" : frame.bytes.readInt32BE(oidStart);
  const transaction = transactions.current() ?? transactions.begin(exchange.status() === "I" ? "implicit" : "explicit");
  const record = notebook.begin({
    connection: number,
    transaction: transaction.number,
    block: transaction.block,
    sql: `-- call of function ${oid}`,
    ...searchPath(context),
  });
  noteStatement(transaction, undefined);
  await confirm(context, transaction, "extended");
  if (notebook.evidence && exchange.status() === "T" && transaction.wal === undefined)
    transaction.wal = (await transactions.mark(transaction).catch(() => undefined))?.wal;
  const passed = await passMessage(context, "function", frame.bytes, { more: frame.more });
  if (passed.outcome === "skipped") return false;
  const around = { said: passed.said, ...lockTimeout(context) };
  const asks = notebook.evidence && exchange.status() === "T" && !passed.failure && mayAsk(context, transaction);
  const evidence = asks
    ? await askProbe(context, transaction, around, { node: "", how: "extended" })
    : noEvidence("Its locks are gone when it ends.", around);
  if (exchange.status() === "I") transactions.end();
  record.finish({
    evidence,
    durationMs: passed.durationMs,
    ...(passed.failure && { error: statementError(passed.failure) }),
  });
  return true;
}
