import type { Socket } from "node:net";
import pg from "pg";
import type { DatabaseConnection } from "../../src/database-connection.ts";
import { createFramer } from "../../src/wire/framing.ts";

/** A client that writes and reads messages as they are, after a usual login. */
export interface RawClient {
  /** Sends messages and waits for so many ReadyForQuery; returns all that came until then. `copy` answers CopyInResponse. */
  turn(bytes: Buffer, readies: number, copy?: Buffer): Promise<readonly Buffer[]>;
  readonly socket: Socket;
  end(): void;
}

export async function rawClient(connection: Partial<DatabaseConnection>): Promise<RawClient> {
  const client = new pg.Client({ ...connection });
  client.on("error", () => {});
  await client.connect();
  const socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  socket.removeAllListeners("data");
  let received: Buffer[] = [];
  let left = 0;
  let settle: ((messages: readonly Buffer[]) => void) | undefined;
  let copyData: Buffer | undefined;
  const framer = createFramer({
    wanted: () => Infinity,
    frame({ type, bytes }) {
      received.push(Buffer.from(bytes));
      if (type === 0x47 && copyData) socket.write(copyData);
      if (type === 0x5a && --left === 0) settle?.(received);
    },
    rest: () => {},
    unframed: () => {},
  });
  socket.on("data", (chunk: Buffer) => framer.push(chunk));
  socket.on("close", () => settle?.([...received, Buffer.from("closed")]));
  return {
    socket,
    turn: (bytes, readies, copy) =>
      new Promise((resolve) => {
        received = [];
        left = readies;
        copyData = copy;
        // A hang is a difference too.
        const patience = setTimeout(() => settle?.([...received, Buffer.from("no answer")]), 5_000);
        settle = (messages) => {
          clearTimeout(patience);
          settle = undefined;
          resolve(messages);
        };
        socket.write(bytes);
      }),
    end: () => socket.destroy(),
  };
}

/** Messages as text, without what differs between two databases: OIDs of tables in row descriptions and names. */
export function readable(messages: readonly Buffer[]): string[] {
  return messages.map((bytes) => {
    if (bytes[0] !== 0x54) return JSON.stringify(bytes.toString("latin1").replaceAll(/pg_toast_\d+/g, "pg_toast"));
    const copy = Buffer.from(bytes);
    let offset = 7;
    for (let left = copy.readInt16BE(5); left > 0; left--) {
      offset = copy.indexOf(0, offset) + 1;
      if (copy.readInt32BE(offset) !== 0) copy.writeInt32BE(1, offset);
      offset += 18;
    }
    return JSON.stringify(copy.toString("latin1"));
  });
}
