import type { Context } from "./conversation.ts";
import { noEvidence } from "./evidence.ts";
import type { Frame } from "./framing.ts";
import { passMessage } from "./pass-message.ts";
import { askProbe, confirm, noteUnknown } from "./probing.ts";
import { lockTimeout, searchPath } from "./session-settings.ts";
import { mayAsk } from "./right-to-ask.ts";
import { statementError } from "./statement-error.ts";

/** Passes a call of a function on (`PQfn`, large objects), and takes it down; ReadyForQuery apart. */
export async function callFunction(context: Context, frame: Frame): Promise<void> {
  const { exchange, notebook, number, transactions } = context;
  const oid = frame.bytes.readInt32BE(5);
  const transaction = transactions.current() ?? transactions.begin(exchange.status() === "I" ? "implicit" : "explicit");
  const record = notebook.begin({
    connection: number,
    transaction: transaction.number,
    block: transaction.block,
    sql: `-- call of function ${oid}`,
    ...searchPath(context),
  });
  noteUnknown(transaction);
  await confirm(context, transaction, "extended");
  if (notebook.evidence && exchange.status() === "T" && transaction.wal === undefined)
    transaction.wal = (await transactions.mark(transaction).catch(() => undefined))?.wal;
  const passed = await passMessage(context, "function", frame.bytes, { more: frame.more });
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
}
