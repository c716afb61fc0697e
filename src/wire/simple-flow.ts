import { asItIs, outsideBlock, wholeText } from "./as-it-is.ts";
import { commitBlock } from "./commit-block.ts";
import type { Context, Flow } from "./conversation.ts";
import type { Frame } from "./framing.ts";
import { inBlock } from "./in-block.ts";
import { message, queryText } from "./messages.ts";
import { settleCounters } from "./counters.ts";
import { readScript } from "./script.ts";
import { severalStatements } from "./several-statements.ts";
import { knownKind } from "./watching.ts";

/** Handles simple queries, which may hold several statements. */
export function simpleFlow(context: Context): Flow {
  const { exchange, notebook, transactions } = context;
  return async (frame: Frame): Promise<void> => {
    let answered = false;
    const answer = (): void => {
      if (answered) return;
      answered = true;
      exchange.putReports();
      exchange.put(message("Z", Buffer.from(exchange.status())));
      // What there is still to do need not keep the client waiting.
      exchange.leave();
    };
    exchange.gatherReports();
    if (notebook.evidence) await ask(context, frame, answer);
    else await wholeText(context, frame.bytes, "No evidence was asked for.");
    if (exchange.status() === "I") transactions.end();
    await settleCounters(context, "simple");
    answer();
  };
}

/** Asks the server about each statement of a text. `answered`: the client may have its ReadyForQuery. */
async function ask(context: Context, frame: Frame, answered: () => void): Promise<void> {
  const { exchange } = context;
  const text = queryText(frame.bytes);
  const script = readScript(text, exchange.parameter("client_encoding") ?? "UTF8");
  const [first] = script ?? [];
  const status = exchange.status();
  const only = first && status === "I" ? { ...first, kind: await knownKind(context, first.kind) } : first;
  if (!script || !only)
    await wholeText(
      context,
      frame.bytes,
      script ? "There is no statement in it." : "It can't be told what statements these are.",
    );
  else if (script.length > 1) await severalStatements(context, script);
  else if (status === "E") await asItIs(context, only, frame.bytes);
  else if (status === "T" && only.kind.commits) await commitBlock(context, only, frame.bytes);
  else if (status === "T")
    await inBlock(context, only, frame.bytes, { opens: false, closes: false, lone: true, answered });
  else if (only.kind.control === "begin") await asItIs(context, only, frame.bytes);
  else if (only.kind.place === "ordinary")
    await inBlock(context, only, frame.bytes, { opens: true, closes: true, lone: true, answered });
  else await outsideBlock(context, only, frame.bytes);
}
