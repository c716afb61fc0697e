import { optional } from "../optional.ts";
import { bindsSetting, worksOutSetting } from "../sql/setting.ts";
import type { Context } from "./conversation.ts";
import { digestOfValues, readExecute } from "./extended-messages.ts";
import type { Frame } from "./framing.ts";
import { passMessage } from "./pass-message.ts";
import type { Passed } from "./pass-message.ts";
import type { Reply } from "./replies.ts";
import { searchPath } from "./session-settings.ts";
import type { RecordedStatement, StatementEvidence } from "./recording.ts";
import type { OpenStatement } from "./notebook.ts";
import { readScript } from "./script.ts";
import { decodeSql } from "./sql-text.ts";
import type { StatementKind } from "./statement-kind.ts";

/** A statement that the client had parsed. */
export interface Prepared {
  readonly sql: string;
  /** Absent when our parser does not know it. */
  readonly kind: StatementKind | undefined;
  /** SHA-256 of what was bound to its portal, where that sets something. */
  readonly values?: string;
}

/** What a client's extended queries have come to. A batch is what it sends up to its Sync; names outlive it. */
export interface Batch {
  readonly statements: Map<string, Prepared>;
  readonly portals: Map<string, Prepared>;
  /** Statements that have rows left for their portal's next Execute. */
  readonly suspended: Map<string, OpenStatement>;
  /** Gives back what was changed for the session before the batch. */
  restore: (() => Promise<void>) | undefined;
  /** Whether a message of the batch has begun a transaction. */
  begun: boolean;
  /** Whether the client's transaction block is open, as of the last statement. */
  inBlock: boolean;
  /** Whether the client has set `client_min_messages` in it, and an error has undone that. */
  setsLevel: boolean;
  failed: boolean;
  /** Whether the transaction that it failed in is one that the client's COMMIT would have ended. */
  endsFailed: boolean;
  last: { readonly record: OpenStatement; readonly evidence: StatementEvidence } | undefined;
}

/** Before the first message. */
export function emptyBatch(): Batch {
  return {
    statements: new Map(),
    portals: new Map(),
    suspended: new Map(),
    restore: undefined,
    begun: false,
    inBlock: false,
    setsLevel: false,
    failed: false,
    endsFailed: false,
    last: undefined,
  };
}

/** Passes a message on, with more behind it. */
export function passFrame(
  context: Context,
  batch: Batch,
  frame: Frame,
  to: Reply["to"],
  more?: Buffer,
  hold?: () => boolean,
): Promise<Passed> {
  const runs = to === "execute" ? batch.portals.get(readExecute(frame.bytes)) : undefined;
  return passMessage(context, to, more ? Buffer.concat([frame.bytes, more]) : frame.bytes, {
    more: frame.more,
    failing: () => (batch.failed = true),
    digests: runs !== undefined && worksOutSetting(runs.sql),
    ...(hold && { hold }),
  });
}

/** Takes down that a statement begins. */
export function openPrepared(
  context: Context,
  prepared: Prepared | undefined,
  block: RecordedStatement["block"],
  transaction: number,
): OpenStatement {
  const { notebook, number } = context;
  return notebook.begin({
    connection: number,
    transaction,
    block,
    sql: prepared?.sql ?? "",
    ...optional("values", prepared?.values),
    ...searchPath(context),
  });
}

/** What a Bind message makes of it. */
export function bound(prepared: Prepared | undefined, frame: Frame): Prepared | undefined {
  if (!prepared || !bindsSetting(prepared.sql)) return prepared;
  // Nobody else's values have this digest: what is too long to be compared is not the same.
  return { ...prepared, values: digestOfValues(frame) ?? "too long" };
}

/** Reads the text of a Parse message. */
export function readPrepared(sql: Buffer, encoding: string | undefined): Prepared {
  const script = readScript(sql, encoding ?? "UTF8");
  return { sql: decodeSql(sql, encoding), kind: script?.length === 1 ? script[0]?.kind : undefined };
}
