import type { Client } from "pg";
import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import { type AtOnceLayout, ScriptError } from "../tools/sql/layout.ts";
import type { Session, StepOutcome } from "./session.ts";
import { record, send, versionTable } from "./sql-bookkeeping.ts";
import { sqlConnection } from "./sql-connection.ts";
import { forgottenFailure, scriptFailure, StepError } from "./sql-failure.ts";
import { readSqlProject, scriptsOf, type SqlProject, type SqlSessionOptions, stepOf } from "./sql-project.ts";
import { type Place, type SentScript, takeStep } from "./sql-step.ts";

/**
 * A session that sends a project's SQL files itself, in the messages and transactions that the project's tool would use,
 * and keeps the tool's version table as the tool does.
 * @throws ConfigurationError when the project's layout or a file of it cannot be used
 */
export async function openSqlSession(options: SqlSessionOptions): Promise<Session> {
  return sessionOf(await readSqlProject(options));
}

function sessionOf(sql: SqlProject): Session {
  const { history, layout, source } = sql;
  const connection = sqlConnection(sql);
  const atOnce = layout.atOnce?.(source);

  /** For what is sent outside of any step. */
  const ownTable = (on: Client) =>
    versionTable(
      layout,
      (text, values = []) => on.query(text, [...values]),
      (schema) => (sql.records.schema ??= schema),
    );

  async function placeOn(on: Client, revision: Revision): Promise<Place> {
    const ask = (text: string, values?: readonly unknown[]) => send(on, revision, text, values);
    const table = await versionTable(layout, ask, (schema) => {
      const was = (sql.records.schema ??= schema);
      if (was !== schema) throw new StepError(forgottenFailure(revision, layout, was, schema));
    });
    return { on, table, isShared: false };
  }

  /** Each of them on a connection as good as new. */
  async function takeEach(ids: readonly string[], direction: Direction): Promise<readonly SentScript[]> {
    const sent: SentScript[] = [];
    for (const revision of ids.map(sql.revision)) {
      const place = await placeOn(await connection.fresh(revision), revision);
      sent.push(...(await takeStep(sql, revision, direction, place)));
    }
    return sent;
  }

  async function takeHeld(id: string, direction: Direction): Promise<readonly SentScript[]> {
    const revision = sql.revision(id);
    return takeStep(sql, revision, direction, await placeOn(await connection.current(), revision));
  }

  /** All of these in the session, and the transaction where it makes one, that the tool has for all that is pending. */
  async function takeAtOnce(ids: readonly string[], { inTransaction }: AtOnceLayout): Promise<readonly SentScript[]> {
    const revisions = ids.map(sql.revision);
    const [first] = revisions;
    const last = revisions.at(-1);
    if (first === undefined || last === undefined) return [];
    const isShared = sharesTransaction(sql, revisions, inTransaction);
    const place = { ...(await placeOn(await connection.fresh(first), first)), isShared };
    if (isShared) await send(place.on, first, "BEGIN");
    const sent: SentScript[] = [];
    for (const revision of revisions) sent.push(...(await takeStep(sql, revision, "up", place)));
    if (isShared && place.on.getTransactionStatus() !== "I") await send(place.on, last, "COMMIT");
    await connection.release();
    return sent;
  }

  async function outcomeOf(steps: () => Promise<readonly SentScript[]>): Promise<StepOutcome> {
    const started = performance.now();
    try {
      const sent = await steps();
      const warnings = sent.flatMap((script) => script.warnings);
      const durationMs = performance.now() - started;
      return { kind: "done", durationMs, ...(warnings.length > 0 ? { warnings } : {}) };
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      // Whatever the failed step left open goes with its connection.
      await connection.release();
      return { kind: "failed", durationMs: performance.now() - started, failure: error.failure };
    }
  }

  return {
    history: async () => history,
    prepare: async () => {
      await ownTable(await connection.current());
      return layout.versionTable ? [layout.versionTable.name.split(".").at(-1) as string] : [];
    },
    beginsAnew: true,
    beside: () => sessionOf(sql),
    upgrade: (ids) => outcomeOf(() => takeEach(ids, "up")),
    downgrade: (ids) => outcomeOf(() => takeEach(ids, "down")),
    hold: async (direction, id) => {
      let sent: readonly SentScript[] = [];
      const outcome = await outcomeOf(async () => (sent = await takeHeld(id, direction)));
      return { ...outcome, held: outcome.kind === "done" && !sent.some(({ ranCode }) => ranCode) };
    },
    // Triggers, and whatever else runs code, may have left something; one that took a lock would be waited for.
    clear: connection.clear,
    ...(atOnce && { atOnce: { ...atOnce, upgrade: (ids) => outcomeOf(() => takeAtOnce(ids, atOnce)) } }),
    stamp: async (ids) => {
      const on = await connection.current();
      const table = await ownTable(on);
      for (const revision of ids.map(sql.revision)) {
        const step = stepOf(sql, revision, "up", []);
        for (const statements of [layout.versionTable?.before?.(table, step), layout.versionTable?.after(table, step)])
          await record(on, revision, statements);
      }
    },
    release: connection.release,
    kill: connection.kill,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** @throws StepError when the tool refuses to take them together */
function sharesTransaction(
  sql: SqlProject,
  revisions: readonly Revision[],
  inTransaction: AtOnceLayout["inTransaction"],
): boolean {
  const scripts = revisions.flatMap((revision) => scriptsOf(sql, revision, "up"));
  try {
    return inTransaction(scripts);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const refused = revisions.find(({ file }) => file === error.file)?.id ?? "";
    throw new StepError(scriptFailure(refused, error));
  }
}
