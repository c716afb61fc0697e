import type pg from "pg";
import { message, sync } from "./messages.ts";

/** One row of an answer, in text. */
export type TextRow = readonly (string | null)[];

const noParameterTypes = Buffer.alloc(2);
const textResults = Buffer.alloc(2);
const allRows = Buffer.alloc(4);

/** The names that are prepared on each connection. */
const preparedOn = new WeakMap<pg.Client, Set<string>>();

/**
 * Asks a question that its connection has prepared, or prepares now under this name. Its rows come without a description of
 * them, which nobody here needs, and which costs both sides as much as the rest.
 * @throws Error when the server refuses it
 */
export function askPrepared(
  client: pg.Client,
  { name, sql, values }: { readonly name: string; readonly sql: string; readonly values: readonly string[] },
): Promise<readonly TextRow[]> {
  const prepared = preparedOn.get(client) ?? new Set();
  preparedOn.set(client, prepared);
  return new Promise((resolve, reject) => {
    const rows: TextRow[] = [];
    client.query({
      submit({ stream }: pg.Connection) {
        stream.write(
          Buffer.concat([
            ...(prepared.has(name) ? [] : [message("P", name, sql, noParameterTypes)]),
            bind(name, values),
            message("E", "", allRows),
            sync,
          ]),
        );
      },
      handleDataRow: ({ fields }: { readonly fields: TextRow }) => void rows.push(fields),
      handleCommandComplete: () => void prepared.add(name),
      handleReadyForQuery: () => resolve(rows),
      handleError: reject,
    });
  });
}

/** Binds values in text to the unnamed portal of a prepared statement. */
function bind(name: string, values: readonly string[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeInt16BE(values.length, 2);
  const given = values.flatMap((value) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return [length, bytes];
  });
  return message("B", "", name, count, ...given, textResults);
}
