/** A message of the given type. https://www.postgresql.org/docs/current/protocol-message-formats.html */
export function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  let length = 5;
  for (const part of parts) length += typeof part === "string" ? Buffer.byteLength(part) + 1 : part.length;
  const bytes = Buffer.allocUnsafe(length);
  bytes.write(type, "latin1");
  bytes.writeInt32BE(length - 1, 1);
  let offset = 5;
  for (const part of parts) {
    if (typeof part !== "string") offset += part.copy(bytes, offset);
    else {
      offset += bytes.write(part, offset);
      bytes[offset++] = 0;
    }
  }
  return bytes;
}

const noParameters = Buffer.alloc(2);
const noFormatsNoValuesTextResults = Buffer.alloc(6);
const allRows = Buffer.alloc(4);

/** The messages that run one statement under a name of our own and leave nothing behind, to be followed by Flush or Sync. */
export function extendedQuery(name: string, sql: string): Buffer {
  return Buffer.concat([
    message("P", name, sql, noParameters),
    message("B", name, name, noFormatsNoValuesTextResults),
    message("E", name, allRows),
    closeQuery(name),
  ]);
}

/** The messages that take away the portal and the statement of {@link extendedQuery}, whether they are there or not. */
export function closeQuery(name: string): Buffer {
  return Buffer.concat([message("C", Buffer.from("P"), name), message("C", Buffer.from("S"), name)]);
}

/** The call of a function without arguments, whose value shall come in text. */
export function functionCall(oid: number): Buffer {
  const body = Buffer.alloc(10);
  body.writeUInt32BE(oid, 0);
  return message("F", body);
}

/** The value in a FunctionCallResponse, in text. */
export function returnedText(response: Buffer): string | null {
  return response.readInt32BE(5) < 0 ? null : response.toString("utf8", 9);
}

/** Asks for what is to be answered so far. */
export const flush = message("H");
/** The end of a batch of extended queries. */
export const sync = message("S");

/** The bytes of a simple query's text, in the client's encoding. */
export function queryText(query: Buffer): Buffer {
  return query.subarray(5, query.at(-1) === 0 ? -1 : undefined);
}

/** The zero-terminated bytes that begin at an offset, as text. Names are ASCII in all clients we know of; others come out garbled but distinct. */
export function zeroTerminated(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString("latin1", offset, end < 0 ? bytes.length : end);
}

/**
 * One field of an ErrorResponse or NoticeResponse, by its letter: `C` SQLSTATE, `M` message, `P` position, `V` severity.
 * https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function reportField(report: Buffer, letter: string): string | undefined {
  for (let offset = 5; offset < report.length && report[offset] !== 0;) {
    const end = report.indexOf(0, offset);
    if (end < 0) return undefined;
    if (report[offset] === letter.charCodeAt(0)) return report.toString("utf8", offset + 1, end);
    offset = end + 1;
  }
  return undefined;
}

/** Whether an ErrorResponse is the server's last word on this connection. */
export function isFatal(report: Buffer): boolean {
  return /^(?:FATAL|PANIC)$/.test(reportField(report, "V") ?? "");
}

/** The same report about a statement that began so many characters later in a longer text. */
export function shiftPosition(report: Buffer, characters: number): Buffer {
  if (characters === 0) return report;
  let offset = 5;
  while (offset < report.length && report[offset] !== 0) {
    const end = report.indexOf(0, offset);
    if (end < 0) return report;
    if (report[offset] === 0x50) {
      const position = Number(report.toString("latin1", offset + 1, end)) + characters;
      return message(
        String.fromCharCode(report[0] as number),
        report.subarray(5, offset + 1),
        String(position),
        report.subarray(end + 1),
      );
    }
    offset = end + 1;
  }
  return report;
}

/** The columns of a DataRow, as they come. */
export function rowValues(row: Buffer): readonly (Buffer | null)[] {
  const columns: (Buffer | null)[] = [];
  let offset = 7;
  for (let left = row.readInt16BE(5); left > 0; left--) {
    const length = row.readInt32BE(offset);
    offset += 4;
    columns.push(length < 0 ? null : row.subarray(offset, offset + length));
    offset += Math.max(length, 0);
  }
  return columns;
}

/** The columns of a DataRow in text format. */
export const textRow = (row: Buffer): readonly (string | null)[] =>
  rowValues(row).map((value) => value?.toString() ?? null);

/** A command tag and the number of rows that it counts. */
export function commandTag(complete: Buffer): { readonly tag: string; readonly rows?: number } {
  const text = complete.toString("latin1", 5, complete.length - 1);
  const counted = /^(?:INSERT \d+|SELECT|UPDATE|DELETE|MERGE|MOVE|FETCH|COPY) (\d+)$/.exec(text);
  if (!counted) return { tag: text };
  return { tag: text.slice(0, text.indexOf(" ")), rows: Number(counted[1]) };
}
