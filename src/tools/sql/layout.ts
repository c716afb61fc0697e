import type { Files } from "../../files.ts";
import type { Direction } from "../../finding.ts";
import type { History, Revision } from "../../history.ts";
import type { AtOnceManner } from "../at-once.ts";
import type { VersionRecord } from "../version-record.ts";
import type { Place } from "./place.ts";

/** SQL that the tool sends in one message. */
export interface Piece {
  readonly sql: string;
  /** The line of its file at which it begins; 1-based. */
  readonly line: number;
  /** The rows it gives to `COPY … FROM STDIN`, for the tools that take them from the file. */
  readonly rows?: string;
}

/**
 * What the tool sends to take one revision one step. With `transaction`: around all pieces and the version table's row.
 * Without, and with a single piece: one simple query, in which PostgreSQL makes one transaction of several statements.
 */
export interface Script {
  /** Relative to the repository root. */
  readonly file: string;
  readonly transaction: boolean;
  /** The version of the tool from which on it sends apart what cannot run in a transaction; an older one makes one of all. */
  readonly apartSince?: string;
  readonly pieces: readonly Piece[];
}

/** A statement of the tool's own, with its bind values. */
export interface Bookkeeping {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A step that is about to be recorded, or was just taken. */
export interface Step {
  readonly revision: Revision;
  readonly direction: Direction;
  /** The id of the revision before this one; absent for the first. */
  readonly previous?: string;
  /** The bytes of the revision's file; for tools that store a checksum. */
  readonly source: Uint8Array;
  readonly files: Files;
  /** The SQL that was sent. */
  readonly scripts: readonly Script[];
}

/** Where a tool keeps what it applied, as it creates, reads and writes it. `table` is the name to use in SQL. */
export interface VersionTable extends Omit<VersionRecord, "columns"> {
  /** Whether the tool puts the schema before it that was current when it connected. */
  readonly qualified: boolean;
  create(table: string): readonly string[];
  /** Written before the migration, in one transaction of its own. */
  before?(table: string, step: Step): readonly Bookkeeping[];
  /** Written after it, in one transaction: the migration's, where it has one. */
  after(table: string, step: Step): readonly Bookkeeping[];
}

/** What detection says about a directory. */
export interface Claim {
  /** Where the tool is run. Absent: the directory above the migrations. */
  readonly directory?: string;
  readonly configFile?: string;
  /** Every directory of the project, this one among them. Absent: this one. */
  readonly migrations?: readonly string[];
}

/** How a tool applies several pending migrations. */
export interface AtOnceLayout extends AtOnceManner {
  /**
   * Whether these are in one transaction; else each has what it would have by itself, and they share a session.
   * @throws ScriptError when the tool refuses to apply them together
   */
  inTransaction(scripts: readonly Script[]): boolean;
}

/** One way of laying out SQL migrations in files: a tool's, or a convention. Data and pure functions. */
export interface Layout {
  /** As `layout:` in the configuration names it. */
  readonly name: string;
  readonly title: string;
  readonly docsUrl: string;
  /** How a statement gets to run outside a transaction, in a sentence. Absent where there is no tool. */
  readonly outsideTransaction?: string;
  /** Whether the tool ignores a byte-order mark; most send it to PostgreSQL, which refuses it. */
  readonly stripsByteOrderMark?: boolean;
  /** Whether this directory holds migrations in this layout. */
  detect(place: Place): Claim | undefined;
  readHistory(files: Files, directories: readonly string[]): History;
  /**
   * What the tool sends for one step; nothing to send is an empty list. `undefined`: it refuses, for there is no way back.
   * @throws ScriptError when the tool cannot read the file
   */
  scripts(source: Source, revision: Revision, direction: Direction): readonly Script[] | undefined;
  /** Absent where the tool keeps it outside the database, or there is no tool. */
  readonly versionTable?: VersionTable;
  /** How it applies several pending migrations; absent where each meets a session as good as new, or there is no tool. */
  atOnce?(source: Source): AtOnceLayout | undefined;
  /** Statements the tool begins every connection with. */
  connectionSetup?(source: Source): readonly string[];
  /** The `search_path` that these leave, as SQL writes it; absent where they leave the server's. */
  searchPath?(source: Source): string | undefined;
}

/** What a layout may read to know what is sent. */
export interface Source {
  /** The text of a migration. @throws ScriptError when it is no text that PostgreSQL can be sent */
  text(path: string): string;
  readonly files: Files;
  /** The tool's configuration file, relative to the repository root, where there is one. */
  readonly configFile?: string;
  /** As whom and where to, once that is known. */
  readonly target?: { readonly user: string; readonly database: string };
  /** The tool's environment variables, as far as the project's configuration names them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A migration file that its tool would refuse. The message is one sentence for its author. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  /** Relative to the repository root. */
  readonly file: string;
  /** 1-based; absent when it is about the whole file. */
  readonly line: number | undefined;

  constructor(message: string, file: string, line?: number) {
    super(message);
    this.file = file;
    this.line = line;
  }
}

/** A script that sends a whole file in one message. */
export function wholeFile(source: Source, file: string, transaction: boolean): readonly Script[] {
  return [{ file, transaction, pieces: [{ sql: source.text(file), line: 1 }] }];
}

/** A tool that keeps one connection: what a migration sets for its session holds for those after it. */
export const oneSession = (title: string) => (): AtOnceLayout => ({
  manner: `on one connection, as ${title} does it`,
  remedy: "let each migration put back what it sets for its session (`SET LOCAL` in a transaction ends with it)",
  inTransaction: () => false,
});
