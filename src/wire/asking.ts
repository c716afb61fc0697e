import type { Exchange } from "./exchange.ts";
import type { Frame } from "./framing.ts";
import { fromServer } from "./message-types.ts";
import { closeQuery, extendedQuery, flush, functionCall, message, returnedText, sync, textRow } from "./messages.ts";
import type { Reply } from "./replies.ts";

/** What the server answered to a question of ours. */
export interface Answer {
  /** Of all queries of the question, in text. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** The error message as it came; absent when all went well. */
  readonly failure?: Buffer;
}

interface SimpleOptions {
  /** A request to cancel may hit it. */
  readonly cancellable?: true;
  onNotice?(frame: Frame): void;
}

/** Questions of ours to the client's own backend, between the client's messages. The client sees nothing of them. */
export interface Asking {
  /** As a simple query, which takes the unnamed statement and portal away: for where the client's message does so too. */
  simple(sql: string, options?: SimpleOptions): Promise<Answer>;
  /** Calls a function without arguments by its number: nothing is parsed and planned for it. Where `simple` may be asked. */
  call(oid: number, options?: SimpleOptions): Promise<Answer>;
  /**
   * As an extended query under a name of our own, which is closed at once. `sync` ends the client's batch of messages;
   * without it, the question is a part of it. Resolves to nothing when the server passes over it after an error.
   */
  extended(queries: readonly string[], end: "sync" | "flush", cancellable?: true): Promise<Answer | undefined>;
  /** Takes away what an extended question that failed has left. Between the client's batches only. */
  tidy(): Promise<void>;
  /** Lets a request to cancel through once nothing of ours could be hit; no question is asked before `sent` has settled. */
  cancel(sent: Promise<unknown>): Promise<void>;
  /** How many requests to cancel were let through so far. */
  cancels(): number;
  /** From now until it has settled, requests to cancel wait. */
  shield(answer: Promise<unknown>): void;
  /** Waits for a request to cancel that is under way. What is asked after it, before another wait, is sent at once. */
  settled(): Promise<void>;
}

const { dataRow, errorResponse, functionCallResponse, noticeResponse } = fromServer;
const statementName = "_headgate";

/** Asks through an exchange. */
export function createAsking(exchange: Exchange): Asking {
  let underWay = 0;
  let idle: (() => void)[] = [];
  let cancelling: Promise<unknown> | undefined;
  let cancels = 0;
  /** After an error the server passes over the rest of a question, which would have closed what it opened. */
  let left = false;

  const settled = async (): Promise<void> => {
    while (cancelling) await cancelling;
  };
  const begin = (): void => void underWay++;
  const end = (): void => {
    if (--underWay > 0) return;
    for (const resolve of idle.splice(0)) resolve();
  };

  const ask = async (
    to: "query" | "function",
    question: Buffer,
    { cancellable, onNotice }: SimpleOptions = {},
  ): Promise<Answer> => {
    if (cancelling) await settled();
    return new Promise((resolve) => {
      const rows: (readonly (string | null)[])[] = [];
      let failure: Buffer | undefined;
      if (!cancellable) begin();
      exchange.send(question, [
        {
          to,
          for: "headgate",
          on(frame) {
            const { type, bytes } = frame;
            if (type === dataRow) rows.push(textRow(bytes));
            else if (type === functionCallResponse) rows.push([returnedText(bytes)]);
            else if (type === errorResponse) failure = bytes;
            else if (type === noticeResponse) onNotice?.(frame);
          },
          done() {
            if (!cancellable) end();
            resolve({ rows, ...(failure && { failure }) });
          },
        },
      ]);
    });
  };

  return {
    simple: (sql, options) => ask("query", message("Q", sql), options),
    call: (oid, options) => ask("function", functionCall(oid), options),
    async extended(queries, ending, cancellable) {
      if (cancelling) await settled();
      if (exchange.skipping()) return undefined;
      return new Promise((resolve) => {
        const rows: (readonly (string | null)[])[] = [];
        let failure: Buffer | undefined;
        let skipped = false;
        const on = (frame: Frame): void => {
          if (frame.type === dataRow) rows.push(textRow(frame.bytes));
          else if (frame.type === errorResponse) {
            failure = frame.bytes;
            left = true;
          }
        };
        const answer = (): void => resolve(skipped ? undefined : { rows, ...(failure && { failure }) });
        const replies: Reply[] = queries.flatMap((_, index) =>
          (["parse", "bind", "execute", "close", "close"] as const).map((to, step) => ({
            to,
            for: "headgate" as const,
            on,
            done(outcome) {
              skipped ||= outcome === "skipped" && !failure;
              if (ending === "flush" && index === queries.length - 1 && step === 4) {
                if (!cancellable) end();
                answer();
              }
            },
          })),
        );
        if (ending === "sync")
          replies.push({
            to: "sync",
            for: "headgate",
            on,
            done() {
              if (!cancellable) end();
              answer();
            },
          });
        if (!cancellable) begin();
        exchange.send(
          Buffer.concat([
            ...queries.map((query) => extendedQuery(statementName, query)),
            ending === "sync" ? sync : flush,
          ]),
          replies,
        );
      });
    },
    async tidy() {
      if (cancelling) await settled();
      if (!left) return;
      left = false;
      await new Promise<void>((resolve) => {
        const reply = (to: Reply["to"], done = (): void => {}): Reply => ({ to, for: "headgate", on() {}, done });
        begin();
        exchange.send(Buffer.concat([closeQuery(statementName), sync]), [
          reply("close"),
          reply("close"),
          reply("sync", () => {
            end();
            resolve();
          }),
        ]);
      });
    },
    async cancel(sent) {
      while (underWay > 0) await new Promise<void>((resolve) => idle.push(resolve));
      const mine = sent.finally(() => {
        if (cancelling === mine) cancelling = undefined;
      });
      cancelling = mine;
      cancels++;
    },
    cancels: () => cancels,
    shield(answer) {
      begin();
      void answer.finally(end);
    },
    settled,
  };
}
