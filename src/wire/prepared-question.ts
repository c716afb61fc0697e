import type pg from "pg";

/** One row of an answer, in text. */
export type TextRow = readonly (string | null)[];

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
      submit(connection: pg.Connection) {
        // In one write.
        connection.stream.cork();
        if (!prepared.has(name)) connection.parse({ name, text: sql, types: [] }, true);
        connection.bind({ statement: name, values: [...values] }, true);
        connection.execute({}, true);
        connection.sync();
        connection.stream.uncork();
      },
      handleDataRow: ({ fields }: { readonly fields: TextRow }) => void rows.push(fields),
      handleCommandComplete: () => void prepared.add(name),
      handleReadyForQuery: () => resolve(rows),
      handleError: reject,
    });
  });
}
