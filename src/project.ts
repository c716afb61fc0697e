import type { Limits } from "./repository/limits.ts";
import type { ToolName } from "./tools/tool.ts";

/** A schema that exists before the first migration of this repository runs. */
export interface StartState {
  /** The revision the dump was taken at: it and its ancestors count as applied. Absent: before the first one. */
  readonly revision?: string;
  /** SQL files that create the schema (plain `pg_dump --schema-only` output), relative to the repository root. */
  readonly dump: string;
}

/** One of several databases. */
export interface TargetDatabase {
  readonly name: string;
  /** The environment variable that holds the connection string. */
  readonly variable: string;
  /** Tenants in it: schemas that each have the whole history. A name, or with `*` for any text, those that there are. */
  readonly schemas?: readonly string[] | undefined;
  /** What holds here in place of what the project says. */
  readonly limits?: Partial<Limits> | undefined;
}

/** Databases that are brought to the same commit. */
export interface Targets {
  /** In this order. */
  readonly databases: readonly TargetDatabase[];
  /** How many, from the first, are brought to a commit alone, one by one, before the others. */
  readonly canary: number;
  /** How many of the others at once. */
  readonly concurrency: number;
}

/** One migration history of a repository, and how to run it. Comes from `headgate.yml`, from detection, or from both. */
export interface Project {
  /** Unique in the repository. */
  readonly name: string;
  readonly tool: ToolName;
  /** Where the tool is run, relative to the repository root with `/`; `.` for the root itself. */
  readonly directory: string;
  /** The tool's own configuration file, relative to the repository root, where it has one. */
  readonly configFile?: string;
  /** Alembic: the section of `alembic.ini` (`alembic -n`). MikroORM: the `contextName`. */
  readonly section?: string;
  /** Where the migrations are, relative to the repository root; what the tool's configuration says when it says so. */
  readonly migrations: readonly string[];
  /** What belongs to it beside its migrations, as globs; absent: everything. */
  readonly paths?: readonly string[];
  /** `sql` only: the layout's name, for example `golang-migrate`. */
  readonly layout?: string;
  /** Python or Node to use; a path or a command. Absent: found. */
  readonly interpreter?: string;
  /** Extra variables for the tool's process. Never secrets: the file is in the repository. */
  readonly environment: Readonly<Record<string, string>>;
  /** SQL files to run before the first migration, relative to the repository root, in this order. */
  readonly prelude: readonly string[];
  readonly start?: StartState;
  /** The name the ephemeral database gets, for migrations that mention it. */
  readonly database?: string;
  /** Revisions declared to have no way back, with the reason, from the configuration. */
  readonly oneWay: Readonly<Record<string, string>>;
  /** SQL files with rows, by the revision before whose first upgrade on a disposable database they are run. Absent: none. */
  readonly samples?: Readonly<Record<string, string>>;
  /** Where the tool keeps what it applied in production, as SQL writes it; absent: found. */
  readonly versionTable?: string;
  /** The schema that the history is brought up in, with a version table of its own, where each tenant has one. Absent: the tool's. */
  readonly schema?: string;
  /** Objects in production that are not this project's: names, with `*` for any text. Absent: none. */
  readonly foreign?: readonly string[];
  /** What holds in production in place of the defaults. */
  readonly limits?: Partial<Limits>;
  /** The databases in production, where there are several. */
  readonly targets?: Targets;
  /** Whether having no revision yet is fine. */
  readonly allowEmpty: boolean;
  /** How many heads are right; 1 when absent. */
  readonly heads?: number;
  /** PostgreSQL major or version for this project; absent: the run's default. */
  readonly postgres?: string;
  /** Container image for this project; absent: the official one. */
  readonly image?: string;
}
