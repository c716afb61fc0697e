import { Client } from "pg";
import { EngineError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { Direction } from "../finding.ts";
import type { History, Revision } from "../history.ts";
import type { Project } from "../project.ts";
import { loadParser } from "../sql/parser.ts";
import {
  type AtOnceLayout,
  type Layout,
  type Script,
  ScriptError,
  type Source,
  type Step,
} from "../tools/sql/layout.ts";
import { layoutOf } from "../tools/sql/layouts.ts";
import { readSqlHistory } from "../tools/sql/read-history.ts";
import { sourceOf } from "../tools/sql/source.ts";
import { sessionOptions } from "./connection-string.ts";
import { type DatabaseConnection, regardlessOfEnvironment } from "../database-connection.ts";
import { endBackend } from "./end-backend.ts";
import type { Session, StepOutcome } from "./session.ts";
import { type SimpleQueryError, type SimpleQueryResult, simpleQuery } from "./simple-query.ts";
import { record, send, StepError, versionTable } from "./sql-bookkeeping.ts";
import { pieceFailure, scriptFailure } from "./sql-failure.ts";

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

/** Where steps are taken. */
interface Place {
  readonly on: Client;
  /** The name of the version table there, for SQL. */
  readonly table: string;
  /** Whether several steps share a transaction, which none of them begins or ends. */
  readonly isShared: boolean;
}

/** A project's SQL files, read once, and where to send them. */
interface SqlProject extends Pick<SqlSessionOptions, "files" | "project" | "connection" | "joins"> {
  readonly layout: Layout;
  readonly source: Source;
  readonly history: History;
  /** Whether a step may have changed what only new connections begin with: it, or code that it has left behind. */
  readonly newConnections: { changed: boolean };
}

/**
 * A session that sends a project's SQL files itself, in the messages and transactions that the project's tool would use,
 * and keeps the tool's version table as the tool does. Every revision begins with a connection as good as new.
 * @throws ConfigurationError when the project's layout or a file of it cannot be used
 */
export async function openSqlSession(options: SqlSessionOptions): Promise<Session> {
  await loadParser();
  const { files, project, connection } = options;
  const layout = layoutOf(files, project);
  const source = sourceOf(files, layout, project, connection);
  return sessionOf({
    ...options,
    layout,
    source,
    history: readSqlHistory(files, layout, project),
    newConnections: { changed: false },
  });
}

function sessionOf(read: SqlProject): Session {
  const { files, project, connection, joins, layout, source, history, newConnections } = read;
  const begin = sessionOptions(project.environment);
  const setup = layout.connectionSetup?.(source) ?? [];
  const atOnce = layout.atOnce?.(source);
  const positions = new Map(history.revisions.map(({ id }, index) => [id, index]));
  let client: Client | undefined;
  let killed: Promise<void> | undefined;
  /** Whether it ran code, which may have left anything in its session. */
  let ranCode = false;

  async function connect(): Promise<Client> {
    if (client) return client;
    if (!connection) throw new EngineError("This session was opened without a database.");
    // Not named after Headgate, whose own connections are told apart by that: here it is the project's tool.
    const fresh = new Client({
      ...connection,
      ...regardlessOfEnvironment,
      ...(begin === "" ? {} : { options: begin }),
    });
    // A connection that ends while idle is no reason for the next step to fail.
    fresh.on("error", () => {});
    fresh.on("end", () => (client = client === fresh ? undefined : client));
    await fresh.connect().catch((cause: unknown) => {
      throw new EngineError("The database could not be reached to run the SQL files.", { cause });
    });
    for (const statement of setup) await fresh.query(statement);
    client = fresh;
    return fresh;
  }

  async function release(): Promise<void> {
    const open = client;
    client = undefined;
    await open?.end().catch(() => {});
  }

  /** The connection that is open; another one where that began with what is not so any more. */
  async function currentPlace(revision: Revision): Promise<Place> {
    if (newConnections.changed) await release();
    const on = await connect();
    const table = await versionTable(layout, (sql, values) => send(on, revision, sql, values));
    return { on, table, isShared: false };
  }

  /** A connection as good as new. */
  async function freshPlace(revision: Revision): Promise<Place> {
    if (client && !newConnections.changed)
      for (const statement of ["DISCARD ALL", ...setup]) await send(client, revision, statement);
    return currentPlace(revision);
  }

  async function runScript(
    { on, isShared }: Place,
    revision: Revision,
    script: Script,
    warnings: string[],
    finish: () => Promise<void>,
  ) {
    const { transaction, pieces, file } = script;
    const tags = new Set<string>();
    const joined = isShared || on.getTransactionStatus() === "T";
    if (transaction && !joined) await send(on, revision, "BEGIN");
    for (const piece of pieces) {
      const alone = !transaction && !joined && joins?.(piece.sql);
      if (alone) await send(on, revision, "BEGIN");
      const result: SimpleQueryResult = await simpleQuery(on, piece.sql, piece.rows).catch(
        (failed: SimpleQueryError) => {
          throw new StepError(pieceFailure(revision.id, script, piece, failed));
        },
      );
      for (const tag of result.tags) tags.add(tag);
      if (alone) await send(on, revision, "COMMIT");
    }
    newConnections.changed ||=
      tags.has("ALTER ROLE") || tags.has("ALTER DATABASE") || pieces.some(({ sql }) => forNewConnections.test(sql));
    ranCode ||= ["SELECT", "DO", "CALL"].some((tag) => tags.has(tag));
    const ended = (["COMMIT", "ROLLBACK"] as const).find((tag) => tags.has(tag));
    if (transaction && ended)
      warnings.push(
        `${file} holds a ${ended} of its own, which ends the transaction that ${layout.title} puts around it: a failure after it leaves half of the migration applied.`,
      );
    if (!transaction && !joined && on.getTransactionStatus() !== "I")
      warnings.push(`${file} begins a transaction and does not end it; what follows would be part of it.`);
    await finish();
    if (!isShared && on.getTransactionStatus() !== "I") await send(on, { ...revision, file }, "COMMIT");
  }

  async function takeStep(revision: Revision, direction: Direction, warnings: string[], place: Place): Promise<void> {
    const scripts = readScripts(revision, direction);
    const { on, table } = place;
    const step = stepOf(revision, direction, scripts);
    if (joins && isOneMessage(scripts, joins)) await send(on, revision, "BEGIN");
    await record(on, revision, layout.versionTable?.before?.(table, step));
    const finish = () => record(on, revision, layout.versionTable?.after(table, step));
    for (const [index, script] of scripts.entries())
      await runScript(place, revision, script, warnings, index === scripts.length - 1 ? finish : async () => {});
    if (scripts.length === 0) await finish();
  }

  /** All of these in the session, and the transaction where it makes one, that the tool has for all that is pending. */
  async function takeAtOnce(revisions: readonly Revision[], warnings: string[], { inTransaction }: AtOnceLayout) {
    const [first] = revisions;
    const last = revisions.at(-1);
    if (first === undefined || last === undefined) return;
    const isShared = sharesTransaction(revisions, inTransaction);
    const place = { ...(await freshPlace(first)), isShared };
    if (isShared) await send(place.on, first, "BEGIN");
    for (const revision of revisions) await takeStep(revision, "up", warnings, place);
    if (isShared && place.on.getTransactionStatus() !== "I") await send(place.on, last, "COMMIT");
  }

  /** @throws StepError when the tool refuses to take them together */
  function sharesTransaction(revisions: readonly Revision[], inTransaction: AtOnceLayout["inTransaction"]): boolean {
    const scripts = revisions.flatMap((revision) => readScripts(revision, "up"));
    try {
      return inTransaction(scripts);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      const refused = revisions.find(({ file }) => file === error.file)?.id ?? "";
      throw new StepError(scriptFailure(refused, error));
    }
  }

  /** @throws StepError when there is no way, or the file is not one the tool accepts */
  function readScripts(revision: Revision, direction: Direction): readonly Script[] {
    try {
      const scripts = layout.scripts(source, revision, direction);
      if (scripts) return scripts;
    } catch (error) {
      if (error instanceof ScriptError) throw new StepError(scriptFailure(revision.id, error));
      throw error;
    }
    const { id, file, downgrade } = revision;
    const message =
      downgrade === "unsupported" ? `${layout.title} has no way back.` : "it has no file for the way back.";
    throw new StepError({ kind: "no-downgrade", message, revision: id, file });
  }

  function stepOf(revision: Revision, direction: Direction, scripts: readonly Script[]): Step {
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

  function revisionOf(id: string): Revision {
    const revision = history.revisions[positions.get(id) ?? -1];
    if (!revision) throw new EngineError(`There is no revision ${id} in ${project.name}.`);
    return revision;
  }

  const run = (ids: readonly string[], direction: Direction) =>
    outcomeOf(async (warnings) => {
      for (const revision of ids.map(revisionOf)) {
        await takeStep(revision, direction, warnings, await freshPlace(revision));
      }
    });

  async function outcomeOf(steps: (warnings: string[]) => Promise<void>): Promise<StepOutcome> {
    const started = performance.now();
    const warnings: string[] = [];
    try {
      await steps(warnings);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      // Whatever the failed step left open goes with its connection.
      await release();
      return { kind: "failed", durationMs: performance.now() - started, failure: error.failure };
    }
    return { kind: "done", durationMs: performance.now() - started, ...(warnings.length > 0 ? { warnings } : {}) };
  }

  return {
    history: async () => history,
    prepare: async () => {
      const on = await connect();
      await versionTable(layout, (sql, values = []) => on.query(sql, [...values]));
      return layout.versionTable ? [layout.versionTable.name.split(".").at(-1) as string] : [];
    },
    beginsAnew: true,
    beside: () => sessionOf(read),
    upgrade: (ids) => run(ids, "up"),
    hold: async (direction, id) => {
      ranCode = false;
      const outcome = await outcomeOf(async (warnings) => {
        const revision = revisionOf(id);
        await takeStep(revision, direction, warnings, await currentPlace(revision));
      });
      return { ...outcome, held: outcome.kind === "done" && !ranCode };
    },
    ...(atOnce && {
      atOnce: {
        ...atOnce,
        upgrade: (ids) =>
          outcomeOf(async (warnings) => {
            await takeAtOnce(ids.map(revisionOf), warnings, atOnce);
            await release();
          }),
      },
    }),
    downgrade: (ids) => run(ids, "down"),
    stamp: async (ids) => {
      const on = await connect();
      const table = await versionTable(layout, (sql, values = []) => on.query(sql, [...values]));
      for (const revision of ids.map(revisionOf)) {
        const step = stepOf(revision, "up", []);
        for (const statements of [layout.versionTable?.before?.(table, step), layout.versionTable?.after(table, step)])
          await record(on, revision, statements);
      }
    },
    release,
    kill: () => {
      const running = client;
      client = undefined;
      if (running && connection) killed ??= endBackend(running, connection);
    },
    [Symbol.asyncDispose]: async () => {
      await killed;
      await release();
    },
  };
}

/** In code, and in what it puts together, the words are all that can be seen. */
const forNewConnections = /\balter\s+(?:role|user|database)\b/i;

const isOneMessage = (scripts: readonly Script[], joins: (sql: string) => boolean): boolean => {
  const pieces = scripts.flatMap((script) => (script.transaction ? [] : script.pieces));
  return scripts.length === 1 && pieces.length === 1 && pieces.every(({ sql }) => joins(sql));
};
