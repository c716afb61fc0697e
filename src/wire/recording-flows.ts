import type { Context, Flow, Flows, Line } from "./conversation.ts";
import { extendedFlow } from "./extended-flow.ts";
import type { Frame } from "./framing.ts";
import { fromClient } from "./message-types.ts";
import { queryText } from "./messages.ts";
import type { Observer } from "./observer.ts";
import { readSettings, settingsQueries } from "./probe.ts";
import type { Notebook } from "./notebook.ts";
import { readScript } from "./script.ts";
import { lowerLevel } from "./session-settings.ts";
import { simpleFlow } from "./simple-flow.ts";
import { createTransactions } from "./transactions.ts";

/** Whether a message says nothing that whoever looks at the database meanwhile could notice before another message does. */
function onlyReads({ exchange }: Line, { type, bytes }: Frame): boolean {
  if (type !== fromClient.query) return false;
  const script = readScript(queryText(bytes), exchange.parameter("client_encoding") ?? "UTF8") ?? [];
  const [only] = script.length === 1 ? script : [];
  if (!only?.kind.reads) return false;
  return exchange.status() === (only.kind.control === "begin" ? "I" : "T");
}

/** Handles a client whose statements are taken down. */
export function recordingFlows(
  line: Line,
  notebook: Notebook,
  observer: Observer,
  connection: Pick<Context, "number" | "startPath">,
  closed: () => void,
): Flows {
  const context: Context = {
    ...line,
    notebook,
    observer,
    transactions: createTransactions(notebook, observer),
    ...connection,
    settings: undefined,
    startLevel: "notice",
  };
  const inTurn =
    (flow: Flow): Flow =>
    (frame) => {
      const others = notebook.holdsBack();
      return others === undefined || onlyReads(line, frame) ? flow(frame) : others.then(() => flow(frame));
    };
  const extended = extendedFlow(context);
  return {
    simple: inTurn(simpleFlow(context)),
    extended: inTurn((frame) => lowerLevel(context)?.then(() => extended(frame)) ?? extended(frame)),
    async begin() {
      if (!notebook.evidence) return;
      context.settings = readSettings((await line.asking.simple(settingsQueries.join(";"))).rows);
      context.startLevel = context.settings?.level ?? context.startLevel;
    },
    closed() {
      // How its last transaction ended is not known.
      if (context.transactions.current()) observer.forget();
      closed();
    },
  };
}
