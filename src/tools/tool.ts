import type { Files } from "../files.ts";
import type { History, Revision } from "../history.ts";
import type { Project } from "../project.ts";
import type { AtOnceManner } from "./at-once.ts";
import type { VersionRecord } from "./version-record.ts";

/** The migration tools Headgate knows; the name used with `--tool` and in `headgate.yml`. */
export type ToolName = "alembic" | "mikro-orm" | "sql";

/** What detection found: enough to build a `Project`. `name` is left to the caller, which makes names unique. */
export interface DetectedProject
  extends
    Pick<Project, "tool" | "directory" | "migrations">,
    Partial<Pick<Project, "configFile" | "section" | "layout" | "database">> {
  /** Why nobody would have it checked who did not ask for it. */
  readonly leftOut?: string;
}

/** How the tool's migrations are run. */
export type Runner =
  /**
   * A driver: a small program of ours that runs inside the project's own runtime, loads the unmodified tool there,
   * and speaks the JSON-lines protocol of `sessions/driver-protocol.ts`.
   */
  | {
      readonly kind: "driver";
      readonly runtime: "python" | "node";
      /** The driver's file. */
      readonly driver: URL;
      /** Handed to the driver with `open`; plain JSON. */
      readonly settings: Readonly<Record<string, unknown>>;
      /** Whether the tool can print what it would run. Default: false. */
      readonly rendersOffline?: boolean;
      /** Whether several steps can share one run of the tool. Default: false. */
      readonly runsTogether?: boolean;
      /** Whether a run of the tool can stay open for the next step. Default: false. */
      readonly holdsRuns?: boolean;
      /** How the tool's own command applies several pending revisions, where the project's set-up has it do so. */
      readonly atOnce: AtOnceManner;
    }
  /** SQL files that Headgate sends itself, as the tool would. */
  | { readonly kind: "sql" };

/**
 * What the files of a revision make its tool do, as text: equal for two versions that differ in comments and layout alone.
 */
export interface RevisionCode {
  /** Both ways. */
  readonly all: string;
  /** Without the way back. */
  readonly up: string;
}

/** One migration tool. Data and pure functions: a tool reads through `Files` and runs nothing. */
export interface Tool {
  readonly name: ToolName;
  readonly title: string;
  readonly docsUrl: string;
  /** How a statement gets to run outside a transaction, in a sentence; `undefined` where there is no such way. */
  outsideTransaction(files: Files, project: Project): string | undefined;
  /** The longest revision id the tool's version table can hold, in characters. */
  readonly revisionIdLimit?: number;
  /** The projects of this tool in the tree, found without configuration, in path order. */
  detect(files: Files): readonly DetectedProject[];
  /** The history as far as reading text can tell, for trees whose runtime is not installed (the base branch), and for `lineage` without a runtime. */
  readHistory(files: Files, project: Project): History;
  /**
   * What a revision does; `undefined` where that cannot be told. Runs nothing. For SQL, `loadParser` must have been awaited.
   * @throws ConfigurationError when the project's layout cannot be used
   */
  code(files: Files, project: Project, revision: Revision): RevisionCode | undefined;
  runner(project: Project): Runner;
  /** Where the tool keeps what it applied; absent where it keeps nothing in the database. */
  versionRecord(files: Files, project: Project): VersionRecord | undefined;
  /** The command that joins several heads, in the tool's own words, or `undefined` where it has none. */
  mergeCommand?(project: Project, heads: readonly string[]): string;
}
