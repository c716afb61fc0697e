import type { Client, DatabaseError } from "pg";

/** How far a message of several statements got. */
export interface SimpleQueryResult {
  /** The number of statements that completed. */
  readonly completed: number;
  /** The kinds of statement among them that matter outside the message, as PostgreSQL's command tags, without numbers of rows: `COMMIT`, `SELECT`, … */
  readonly tags: ReadonlySet<string>;
}

/** PostgreSQL's error, with how far the message had got. */
export interface SimpleQueryError {
  readonly error: DatabaseError | Error;
  readonly completed: number;
  /** Whether the server asked for rows to copy, and there were none to give it. */
  readonly askedForCopy: boolean;
}

interface CopyConnection {
  query(text: string): void;
  sendCopyFail(message: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const remembered = new Set(["COMMIT", "ROLLBACK", "ALTER ROLE", "ALTER DATABASE", "SELECT", "DO", "CALL"]);

/**
 * Sends a text in one message of the simple protocol, as migration tools do, and keeps none of its results: a file of
 * a million statements answers a million times. Rejects with a `SimpleQueryError`.
 * @param rows what to give to the first `COPY … FROM STDIN` in it; without, such a statement fails
 */
export function simpleQuery(client: Client, text: string, rows?: string): Promise<SimpleQueryResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SimpleQueryResult>();
  let completed = 0;
  let askedForCopy = false;
  const tags = new Set<string>();
  client.query({
    submit: (connection: unknown) => (connection as CopyConnection).query(text),
    handleRowDescription: () => {},
    handleDataRow: () => {},
    handleEmptyQuery: () => {},
    handlePortalSuspended: () => {},
    handleCopyData: () => {},
    handleCopyInResponse: (connection: CopyConnection) => {
      if (rows === undefined) {
        askedForCopy = true;
        connection.sendCopyFail("no rows to copy");
        return;
      }
      connection.sendCopyFromChunk(Buffer.from(rows));
      connection.endCopyFrom();
    },
    handleCommandComplete: ({ text: tag }: { text: string }) => {
      completed += 1;
      const kind = tag.replace(/ \d+$/, "");
      if (remembered.has(kind)) tags.add(kind);
    },
    handleReadyForQuery: () => resolve({ completed, tags }),
    handleError: (error: Error) => reject({ error, completed, askedForCopy } satisfies SimpleQueryError),
  });
  return promise;
}
