import { queryAhead } from "./clock-ahead.ts";
import type { Context } from "./conversation.ts";
import { noEvidence, nothingToShow } from "./evidence.ts";
import { queryText } from "./messages.ts";
import { confirm, noteStatement } from "./confirm.ts";
import { askProbe, returned } from "./probing.ts";
import { lockTimeout, lowerLevel, settingsAfter } from "./session-settings.ts";
import { mayAsk } from "./right-to-ask.ts";
import type { StatementEvidence } from "./recording.ts";
import type { ScriptStatement } from "./script.ts";
import { failed, openRecord, outcome, runQuery } from "./simple-query.ts";
import { watchOutside } from "./watching.ts";

/** The text as it is, with what can be had afterwards. */
export async function wholeText(context: Context, query: Buffer, reason: string): Promise<void> {
  const { exchange, notebook, transactions } = context;
  const idle = exchange.status() === "I";
  const transaction = transactions.current() ?? transactions.begin(idle ? "implicit" : "explicit");
  const record = openRecord(context, queryText(query), transaction.number, transaction.block);
  noteStatement(transaction, undefined);
  await confirm(context, transaction, "simple");
  await lowerLevel(context);
  if (notebook.evidence && exchange.status() === "T") await transactions.mark(transaction).catch(() => {});
  const ran = await runQuery(context, queryAhead(context, query), { offset: 0, hold: false });
  transaction.changesAnything = true;
  transactions.uncounted = true;
  context.settings = undefined;
  record.finish({
    ...ran.commands.at(-1),
    durationMs: ran.durationMs,
    ...failed(ran.failure),
    evidence:
      notebook.evidence &&
      exchange.status() === "T" &&
      transactions.current() === transaction &&
      !idle &&
      mayAsk(context, transaction)
        ? await askProbe(context, transaction, { said: ran.said }, { node: "", how: "simple" })
        : noEvidence(reason, { said: ran.said }),
  });
}

/** One statement outside a transaction block, as it is. */
export async function outsideBlock(context: Context, piece: ScriptStatement, query: Buffer): Promise<void> {
  const { transactions } = context;
  const { kind } = piece;
  const transaction = transactions.begin(kind.control === "begin" ? "explicit" : "implicit");
  const record = openRecord(context, piece.bytes, transaction.number, "none");
  if (kind.place !== "session") {
    transaction.changesAnything = true;
    const watched = await watchOutside(context, kind, "simple", () =>
      runQuery(context, query, { offset: piece.offset, hold: false }),
    );
    record.finish(outcome(watched.ran, watched.evidence));
    return;
  }
  const around = { said: [] as string[], ...lockTimeout(context) };
  const ran = await runQuery(context, query, { offset: piece.offset, hold: false });
  settingsAfter(context, kind);
  record.finish(
    outcome(
      ran,
      kind.asked === "nothing" && !ran.failure
        ? nothingToShow(around)
        : noEvidence(
            ran.failure ? "It failed." : "Its locks are gone when it ends, and a transaction around it would show.",
            around,
          ),
    ),
  );
}

/** A statement that decides about transactions, or is in a failed one: as it is. */
export async function asItIs(
  context: Context,
  piece: ScriptStatement,
  query: Buffer,
  options: {
    readonly drop?: string;
    readonly extra?: boolean;
    /** What is known of it before it runs. */
    readonly evidence?: StatementEvidence;
  } = {},
): Promise<boolean> {
  const { exchange, transactions } = context;
  const { kind } = piece;
  const begins = kind.control === "begin";
  const transaction = transactions.current() ?? transactions.begin(begins ? "explicit" : "implicit");
  const record = openRecord(
    context,
    piece.bytes,
    transaction.number,
    transaction.block === "explicit" ? "explicit" : "none",
  );
  await lowerLevel(context);
  const ran = await runQuery(context, query, { offset: piece.offset, hold: false, ...options });
  settingsAfter(context, kind);
  if (exchange.status() === "I") transactions.end();
  if (kind.control === "savepoint" && !ran.failure)
    await returned(context, transaction, kind, { how: "simple", failed: true });
  const held = kind.control === "savepoint" ? transaction.held : [];
  record.finish(
    outcome(
      ran,
      ran.failure ? noEvidence("It failed.") : (options.evidence ?? nothingToShow({ said: ran.said }, held)),
    ),
  );
  return !ran.failure;
}
