import { EngineError } from "../errors.ts";
import type { DatabaseConnection } from "../database-connection.ts";
import type { Files } from "../files.ts";
import type { Direction } from "../finding.ts";
import type { History, Revision } from "../history.ts";
import type { Project } from "../project.ts";
import { loadParser } from "../sql/parser.ts";
import { type Layout, type Script, ScriptError, type Source, type Step } from "../tools/sql/layout.ts";
import { layoutOf } from "../tools/sql/layouts.ts";
import { readSqlHistory } from "../tools/sql/read-history.ts";
import { sourceOf } from "../tools/sql/source.ts";
import { scriptFailure, StepError } from "./sql-failure.ts";

/** Whose SQL files to send, and where to. Without a connection only the history can be asked for. */
export interface SqlSessionOptions {
  readonly files: Files;
  readonly project: Project;
  readonly connection?: DatabaseConnection;
  /**
   * Whether a text may run in a transaction that its tool would not put around it. What the tool sends in one message then
   * is in one transaction with the row of the version table, so that a step is taken wholly or not at all.
   */
  readonly joins?: (sql: string) => boolean;
}

/** A project's SQL files, read once, and where to send them. */
export interface SqlProject extends SqlSessionOptions {
  readonly layout: Layout;
  readonly source: Source;
  readonly history: History;
  /** @throws EngineError when the history has none of this id */
  revision(id: string): Revision;
  /** Whether a step, or code that it has left behind, may have changed what only a new connection begins with. */
  readonly newConnections: { needed: boolean };
  /** The schema of the version table, known when it was asked for first. */
  readonly records: { schema?: string };
}

/** @throws ConfigurationError when the project's layout or a file of it cannot be used */
export async function readSqlProject(options: SqlSessionOptions): Promise<SqlProject> {
  await loadParser();
  const { files, project, connection } = options;
  const layout = layoutOf(files, project);
  const history = readSqlHistory(files, layout, project);
  const revisions = new Map(history.revisions.map((revision) => [revision.id, revision]));
  return {
    ...options,
    layout,
    source: sourceOf(files, layout, project, connection),
    history,
    revision(id) {
      const revision = revisions.get(id);
      if (!revision) throw new EngineError(`There is no revision ${id} in ${project.name}.`);
      return revision;
    },
    newConnections: { needed: false },
    records: {},
  };
}

/** What the tool sends for one step. @throws StepError when there is no way, or the file is not one the tool accepts */
export function scriptsOf({ layout, source }: SqlProject, revision: Revision, direction: Direction): readonly Script[] {
  try {
    const scripts = layout.scripts(source, revision, direction);
    if (scripts) return scripts;
  } catch (error) {
    if (error instanceof ScriptError) throw new StepError(scriptFailure(revision.id, error));
    throw error;
  }
  const { id, file, downgrade } = revision;
  const message = downgrade === "unsupported" ? `${layout.title} has no way back.` : "it has no file for the way back.";
  throw new StepError({ kind: "no-downgrade", message, revision: id, file });
}

/** The step, as the version table is told of it. */
export function stepOf(
  { files }: SqlProject,
  revision: Revision,
  direction: Direction,
  scripts: readonly Script[],
): Step {
  const [previous] = revision.downRevisions;
  return {
    revision,
    direction,
    files,
    source: files.bytes(revision.file),
    scripts,
    ...(previous === undefined ? {} : { previous }),
  };
}
