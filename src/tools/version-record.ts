import type { Files } from "../files.ts";
import type { Revision } from "../history.ts";

/** What a tool's version table says. */
export interface RecordedRevisions {
  /** Ids that count as applied, also those that the history does not know. */
  readonly applied: readonly string[];
  /** A revision that the tool says it began and did not finish; `nothing` where it was on its way back to that. */
  readonly unfinished?: string;
  /** Applied from other content than its file has now, for which the tool runs it again; not among `applied`. */
  readonly again?: readonly string[];
  /** Applied from other content than its file has now, by the checksum that the tool itself keeps. */
  readonly edited?: readonly string[];
}

/** How golang-migrate writes that no revision is applied. */
export const nothing = "-1";

/** One row of a version table, by column; values as node-postgres gives them. */
export type VersionRow = Readonly<Record<string, unknown>>;

/** How a tool's version table is found and read with plain SQL. Data and pure functions. */
export interface VersionRecord {
  /** As SQL writes it, where the project does not say otherwise. */
  readonly name: string;
  /** What earlier ledgers call it, where that is not its name. */
  readonly formerName?: string;
  /** Its columns in their order, by which it is found under another name; absent where it has no other. */
  readonly columns?: readonly string[];
  /** That it says how far the tool came, and not what it applied on the way. */
  readonly positional?: true;
  /** Reads it. @param table its name for SQL */
  query(table: string): string;
  /** @param ordered the whole history, parents before their children */
  recorded(rows: readonly VersionRow[], ordered: readonly Revision[], files: Files): RecordedRevisions;
}

/** Ids from one column, each counting for itself. */
export const idsIn =
  (column: string): VersionRecord["recorded"] =>
  (rows) => ({ applied: rows.map((row) => String(row[column])) });

/** The revisions up to and with the last for which this holds: what a tool that remembers one position has applied. */
export function upTo(ordered: readonly Revision[], isReached: (revision: Revision) => boolean): readonly string[] {
  const last = ordered.findLastIndex(isReached);
  return ordered.slice(0, last + 1).map(({ id }) => id);
}

/** Those of a table's checksums, by id, that belong to no content of its file, whatever ends the lines of a checkout. */
export function editedSince<Checksum>(
  checksums: ReadonlyMap<string, Checksum>,
  ordered: readonly Revision[],
  files: Files,
  isOf: (checksum: Checksum, content: Uint8Array) => boolean,
): readonly string[] {
  return ordered.flatMap(({ id, file }) => {
    const checksum = checksums.get(id);
    if (checksum === undefined || !files.exists(file)) return [];
    const text = Buffer.from(files.bytes(file)).toString("latin1").replaceAll("\r\n", "\n");
    const contents = [
      files.bytes(file),
      ...[text, text.replaceAll("\n", "\r\n")].map((one) => Buffer.from(one, "latin1")),
    ];
    return contents.some((content) => isOf(checksum, content)) ? [] : [id];
  });
}
