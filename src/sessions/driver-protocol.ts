import type { History } from "../history.ts";
import type { Direction } from "../finding.ts";
import type { DatabaseConnection } from "../database-connection.ts";
import type { Imports, OfflineScripts, StatementPlace, StepFailure } from "./session.ts";

/**
 * What Headgate says to a driver, one JSON object a line, on file descriptor 3; the answers come back on the same one.
 * Standard input is closed, standard output and error belong to the migrations. One request is under way at a time.
 */
export type DriverRequest =
  /** First request. Loads the tool, which may have begun before, and the project's configuration; connects to nothing. */
  | {
      readonly op: "open";
      /** Absolute. Paths in answers are relative to it. */
      readonly repository: string;
      /** Absolute; the driver's working directory. */
      readonly directory: string;
      readonly settings: Readonly<Record<string, unknown>>;
      /** To be set in the process's environment before anything of the project is loaded. */
      readonly variables?: Readonly<Record<string, string>>;
      /** Absent when only the history is wanted. */
      readonly connection?: DatabaseConnection;
    }
  | { readonly op: "history" }
  /** Which files of the repository these revisions' files import or have opened, and those in turn. */
  | { readonly op: "imports"; readonly revisions: readonly string[] }
  | { readonly op: "prepare" }
  | { readonly op: "stamp"; readonly revisions: readonly string[] }
  | {
      readonly op: "upgrade" | "downgrade";
      readonly revisions: readonly string[];
      /** Whether the run of the tool may stay open, see `Session.hold`; any request but such a step and `places` closes it. */
      readonly hold?: true;
    }
  /** Takes these one step in one run of the tool, each in its own transaction. Before each comes a {@link DriverRemark}. */
  | { readonly op: "together"; readonly direction: Direction; readonly revisions: readonly string[] }
  /** Upgrades to these in one run of the tool, in the transactions that it begins by itself. */
  | { readonly op: "upgrade_at_once"; readonly revisions: readonly string[] }
  /** The reply to a remark: the driver may go on. */
  | { readonly op: "heard" }
  /** What the tool would print instead of running these revisions. Only for tools that can. */
  | { readonly op: "offline"; readonly direction: Direction; readonly revisions: readonly string[] }
  /** Where the statements of the last step came from. */
  | { readonly op: "places" }
  | { readonly op: "release" };

/** The tool as it was found in the project's runtime. */
export interface DriverGreeting {
  /** Version of the tool, for example `1.19.1`. */
  readonly toolVersion: string;
  /** Version of the runtime, for example `Python 3.11.7`. */
  readonly runtimeVersion: string;
  /** Whether the project's set-up has the tool put several pending revisions into one session or transaction. */
  readonly runsAtOnce: boolean;
  /** What was not as the project's set-up says, and how it goes on all the same, in a sentence each. */
  readonly warnings?: readonly string[];
}

/** What a driver says while it works, and waits to be heard: what it sends from now on belongs to this revision. */
export interface DriverRemark {
  readonly begins: string;
}

/** What a driver answers: a result, a failed step (`upgrade` and `downgrade` only), or why the project's set-up is unusable. */
export type DriverAnswer =
  | {
      readonly ok: true;
      readonly result:
        | DriverGreeting
        | History
        | {
            readonly durationMs: number;
            readonly warnings?: readonly string[];
            /** Those that the migration's upgrade started, by their names. */
            readonly programs?: readonly string[];
            readonly held?: boolean;
          }
        /** To `prepare`: names without their schema. */
        | { readonly versionTables: readonly string[] }
        /** To `imports`. */
        | { readonly imports: Imports }
        /** To `offline`. */
        | OfflineScripts
        | { readonly places: readonly StatementPlace[] }
        /** To `together`: whether all went as they do one by one. If not, the database is somewhere in between. */
        | { readonly together: boolean }
        | null;
    }
  | { readonly ok: false; readonly failure: StepFailure; readonly durationMs: number; readonly held?: boolean }
  /** `message`: one clear sentence for the person who set the project up. `file` and `line` where the fault is in a file of theirs. */
  | {
      readonly ok: false;
      readonly error: {
        readonly message: string;
        readonly file?: string;
        readonly line?: number;
        /** Whether the file asks for a package that is not installed: the fault is the machine's, and not the file's. */
        readonly missing?: boolean;
      };
    };
