import { optional } from "../optional.ts";
import { worksOutSetting } from "../sql/setting.ts";
import type { Context } from "./conversation.ts";
import type { Frame } from "./framing.ts";
import { fromServer } from "./message-types.ts";
import { commandTag, queryText, reportField, shiftPosition } from "./messages.ts";
import { createRowDigest } from "./row-digest.ts";
import { searchPath } from "./session-settings.ts";
import type { RecordedStatement, StatementError, StatementEvidence } from "./recording.ts";
import type { OpenStatement } from "./notebook.ts";
import { decodeSql } from "./sql-text.ts";
import { statementError } from "./statement-error.ts";

/** What came back for one simple query of the client's. */
export interface Ran {
  readonly commands: readonly Pick<RecordedStatement, "tag" | "rows" | "result">[];
  readonly failure?: Buffer;
  /** What the server said at `DEBUG1`. */
  readonly said: string[];
  readonly durationMs: number;
}

const { commandComplete, dataRow, errorResponse, noticeResponse, readyForQuery } = fromServer;

/** Sends one text of the client's and passes on what comes back, ReadyForQuery apart. */
export function runQuery(
  { exchange, notices }: Context,
  query: Buffer,
  options: {
    readonly offset: number;
    /** Whether the end of it is kept back, until it is known that it counts. */
    readonly hold: boolean | (() => boolean);
    /** An error that the client shall not see. */
    readonly withhold?: string;
    /** A warning that the client shall not see. */
    readonly drop?: string;
    /** There is a statement of ours at the end of it. */
    readonly extra?: boolean;
    readonly started?: Promise<unknown>;
    /** Takes what the server says at `DEBUG1`. */
    readonly said?: string[];
  },
): Promise<Ran> {
  return new Promise((resolve) => {
    let began = performance.now();
    void options.started?.then(() => (began = performance.now()));
    const commands: Pick<RecordedStatement, "tag" | "rows" | "result">[] = [];
    const sql = queryText(query).toString("latin1");
    const digest = worksOutSetting(sql) ? createRowDigest(exchange) : undefined;
    const { said = [] } = options;
    let failure: Buffer | undefined;
    let durationMs = 0;
    exchange.send(query, [
      {
        to: "query",
        for: options.extra || digest ? "headgate" : "client",
        on({ type, bytes }: Frame) {
          if (options.extra && commands.length > 0 && type !== errorResponse) return;
          if (type === noticeResponse) {
            if (!options.drop || sqlState(bytes) !== options.drop)
              notices.pass(bytes, said, { offset: options.offset });
            return;
          }
          if (type === readyForQuery) return;
          durationMs = performance.now() - began;
          if (type === commandComplete) {
            commands.push({ ...commandTag(bytes), ...optional("result", digest?.take()) });
            if (typeof options.hold === "function" ? options.hold() : options.hold) return exchange.hold(bytes);
          }
          if (type === dataRow) digest?.add(bytes);
          if (type === errorResponse) {
            failure = bytes;
            if (options.withhold && sqlState(bytes) === options.withhold) return;
            return exchange.put(shiftPosition(bytes, options.offset));
          }
          exchange.put(bytes);
        },
        done: () => resolve({ commands, said, durationMs, ...(failure && { failure }) }),
      },
    ]);
  });
}

/** Takes down that a statement begins. */
export function openRecord(
  context: Context,
  sql: Buffer,
  transaction: number,
  block: RecordedStatement["block"],
): OpenStatement {
  const { exchange, notebook, number } = context;
  return notebook.begin({
    connection: number,
    transaction,
    block,
    sql: decodeSql(sql, exchange.parameter("client_encoding")),
    ...searchPath(context),
  });
}

/** SQLSTATE of an ErrorResponse or NoticeResponse. */
export function sqlState(failure: Buffer): string | undefined {
  return reportField(failure, "C");
}

/** What a failure adds to the record. */
export function failed(failure: Buffer | undefined): { readonly error?: StatementError } {
  return failure ? { error: statementError(failure) } : {};
}

/** How a statement ended, for the record. */
export function outcome(ran: Ran, evidence: StatementEvidence): Parameters<OpenStatement["finish"]>[0] {
  return { ...(ran.failure ? {} : ran.commands.at(-1)), durationMs: ran.durationMs, ...failed(ran.failure), evidence };
}
