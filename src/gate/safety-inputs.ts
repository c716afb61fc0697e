import { looseText } from "../files.ts";
import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";
import type { Stall } from "../replay/outage.ts";
import type { Repository } from "../repository/repository.ts";
import type { StatementPlace } from "../sessions/session.ts";
import type { Statistics } from "../stats/statistics.ts";
import type { RecordedStatement } from "../wire/recording.ts";
import { optional } from "../optional.ts";
import { rolesOf } from "../replay/statement-roles.ts";
import { searchPaths } from "../replay/search-paths.ts";
import { statementLines } from "../replay/statement-lines.ts";
import type { MigrationInput } from "../rules/judgements.ts";
import type { MigrationScript } from "../rules/walk.ts";
import { bareStatement } from "../sql/scan-statements.ts";
import { isMikroOrmFrame } from "../sql/setting.ts";
import { type HistoryInputs, historyInputs } from "./history-inputs.ts";

/** What to judge. */
export interface SafetyInput {
  readonly project: Project;
  readonly repository: Repository;
  /** In the order in which they were applied. */
  readonly revisions: readonly Revision[];
  /** Those that are judged; the others only make the schema, or come after one. */
  readonly examined: ReadonlySet<string>;
  /** Those that this change brings: what another revision made is in use. */
  readonly newIds: ReadonlySet<string>;
  readonly statements: readonly RecordedStatement[];
  /** Where in its file each statement of a recorded step came from. */
  readonly places: (revision: string, direction: Direction) => readonly StatementPlace[];
  /** What stopped while upgrades waited for their locks. */
  readonly stalls: readonly Stall[];
  /** What each of them is there for: what the tool writes in its version tables is not the migrations' doing. */
  readonly roles: ReturnType<typeof rolesOf>;
  /** The server it was recorded on. */
  readonly serverMajor: number;
  /** Steps whose failure is said elsewhere, as `up ab12`: that such a step cannot be read is not said once more. */
  readonly failed: ReadonlySet<string>;
  /** How large production's tables are. */
  readonly statistics?: Statistics;
}

/** What the revisions of a project are judged on, in the order in which they were applied; `refused`: files that cannot be read. */
export const safetyInputs = (input: SafetyInput): Pick<HistoryInputs, "inputs" | "refused"> =>
  input.project.tool === "sql" ? fileInputs(input) : { inputs: recordedInputs(input), refused: [] };

/** SQL files are judged as files: with their lines, and the allowances in their comments. */
function fileInputs({ project, repository, examined, newIds }: SafetyInput): Pick<HistoryInputs, "inputs" | "refused"> {
  const { files, base } = repository;
  const { inputs, refused } = historyInputs(project, {
    files,
    projects: [project],
    ...optional("mergeBase", base?.mergeBase),
  });
  const judged = inputs.map((input) => ({
    ...input,
    judged: input.revision !== undefined && examined.has(input.revision),
    isNew: input.revision !== undefined && newIds.has(input.revision),
  }));
  return { inputs: judged, refused };
}

/** Settings that a project makes for the session of each of its migrations, in `env.py` or for its pool. */
const sessionFrame = /^set (?:session )?(search_path|role|session authorization|row_security)\b/i;

/** Whether a statement is what the project sends around its migrations, and not the doing of this one. */
function isFrame(sql: string, line: number | undefined, text: string): boolean {
  // The doing of a migration that mentions it, and of no other.
  if (isMikroOrmFrame(sql)) return !/session_replication_role/i.test(text);
  const setting = sessionFrame.exec(bareStatement(sql))?.[1];
  return setting !== undefined && line === undefined && !text.toLowerCase().includes(setting.toLowerCase());
}

/** What a tool with a runtime sends is known from the wire only. */
function recordedInputs({
  revisions,
  examined,
  newIds,
  statements,
  places,
  roles,
  repository,
}: SafetyInput): readonly MigrationInput[] {
  const paths = searchPaths(statements);
  const sent = Map.groupBy(
    statements
      .map((statement, index) => ({
        ...statement,
        role: roles.get(statement),
        ...optional("searchPath", paths[index]),
      }))
      .filter(({ error, role }) => error === undefined && role !== "bookkeeping"),
    ({ label }) => `${label?.direction} ${label?.revision}`,
  );
  const script = (revision: Revision, direction: Direction): readonly MigrationScript[] => {
    const recorded = sent.get(`${direction} ${revision.id}`);
    if (recorded === undefined) return [];
    const { files } = repository;
    // It may be compiled, or in an encoding that it names itself: its comments are read as far as they can be.
    const text = files.exists(revision.file) ? looseText(files, revision.file) : "";
    const lines = statementLines(
      recorded.map(({ sql }) => sql),
      places(revision.id, direction),
    );
    const placed = recorded
      .map((statement, index) => ({ ...statement, line: lines[index] }))
      .filter(({ sql, line }) => !isFrame(sql, line, text));
    // Each connection is a session of its own.
    return [...Map.groupBy(placed, ({ connection }) => connection).values()].map((conversation) => ({
      file: revision.file,
      text,
      transaction: false,
      pieces: conversation.map(({ sql, line, role, searchPath }) => ({
        sql,
        fromOperation: true,
        session: role === "session" && line === undefined,
        ...optional("line", line),
        ...optional("searchPath", searchPath),
      })),
    }));
  };
  return revisions.map((revision) => ({
    revision: revision.id,
    up: script(revision, "up"),
    down: examined.has(revision.id) ? script(revision, "down") : [],
    judged: examined.has(revision.id),
    isNew: newIds.has(revision.id),
  }));
}
