import type { Context, Flow } from "./conversation.ts";
import type { Reply } from "./exchange.ts";

const replyTo: Readonly<Record<string, Reply["to"]>> = {
  P: "parse",
  B: "bind",
  D: "describe",
  E: "execute",
  C: "close",
  S: "sync",
  F: "function",
};

export function extendedFlow(context: Context): Flow {
  return (frame) => {
    const { exchange } = context;
    const to = replyTo[String.fromCharCode(frame.type)];
    exchange.send(
      frame.bytes,
      to ? [{ to, for: "client", on: ({ bytes }) => exchange.put(bytes), done() {} }] : [],
      frame.more,
    );
    return undefined;
  };
}
