import type { RecordedStatement } from "./recording.ts";

/** What a conversation needs from the recorder that it belongs to. */
export interface Notebook {
  readonly evidence: boolean;
  /** By how many days the database's clock is ahead for what asks it. */
  daysAhead(): number;
  /** What the next message of a client has to wait for: somebody looks at the database, whose reading may write to its log. */
  holdsBack(): Promise<unknown> | undefined;
  /** From 1, for each connection. */
  nextTransaction(): number;
  /** Takes down that a statement begins; its evidence and outcome are added by `finish`. */
  begin(
    statement: Pick<RecordedStatement, "connection" | "transaction" | "block" | "sql" | "values" | "searchPath">,
  ): OpenStatement;
}

/** A statement under way. */
export interface OpenStatement {
  finish(
    outcome: Partial<Pick<RecordedStatement, "tag" | "rows" | "result" | "error" | "evidence" | "durationMs">>,
  ): void;
}
