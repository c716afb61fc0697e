import type { Client } from "pg";
import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Script } from "../tools/sql/layout.ts";
import { type SimpleQueryError, simpleQuery } from "./simple-query.ts";
import { record, send } from "./sql-bookkeeping.ts";
import { pieceFailure, StepError } from "./sql-failure.ts";
import { scriptsOf, type SqlProject, stepOf } from "./sql-project.ts";

/** Where steps are taken. */
export interface Place {
  readonly on: Client;
  /** The name of the version table there, for SQL. */
  readonly table: string;
  /** Whether several steps share a transaction, which none of them begins or ends. */
  readonly isShared: boolean;
}

/** What is to be said of a script that was sent. */
export interface SentScript {
  /** What it did that does not fail the step, a sentence each. */
  readonly warnings: readonly string[];
  /** Whether it ran code, which may have left anything in its session. */
  readonly ranCode: boolean;
}

/** Takes a revision one step, and has the version table know. @throws StepError when it cannot be taken */
export async function takeStep(
  sql: SqlProject,
  revision: Revision,
  direction: Direction,
  place: Place,
): Promise<readonly SentScript[]> {
  const { joins } = sql;
  const { versionTable } = sql.layout;
  const { on, table } = place;
  const scripts = scriptsOf(sql, revision, direction);
  const step = stepOf(sql, revision, direction, scripts);
  if (joins && isOneMessage(scripts, joins)) await send(on, revision, "BEGIN");
  await record(on, revision, versionTable?.before?.(table, step));
  const finish = () => record(on, revision, versionTable?.after(table, step));
  const sent: SentScript[] = [];
  for (const [index, script] of scripts.entries())
    sent.push(await runScript(sql, revision, script, place, index === scripts.length - 1 ? finish : async () => {}));
  if (scripts.length === 0) await finish();
  return sent;
}

/** Sends a script in the transaction that the tool has for it; `finish` is called before that ends. */
async function runScript(
  { joins, layout, newConnections }: SqlProject,
  revision: Revision,
  script: Script,
  { on, isShared }: Place,
  finish: () => Promise<void>,
): Promise<SentScript> {
  const { transaction, pieces, file } = script;
  const tags = new Set<string>();
  const joined = isShared || on.getTransactionStatus() === "T";
  if (transaction && !joined) await send(on, revision, "BEGIN");
  for (const piece of pieces) {
    const alone = !transaction && !joined && joins?.(piece.sql);
    if (alone) await send(on, revision, "BEGIN");
    const result = await simpleQuery(on, piece.sql, piece.rows).catch((failed: SimpleQueryError) => {
      throw new StepError(pieceFailure(revision.id, script, piece, failed));
    });
    for (const tag of result.tags) tags.add(tag);
    if (alone) await send(on, revision, "COMMIT");
  }
  newConnections.needed ||=
    tags.has("ALTER ROLE") || tags.has("ALTER DATABASE") || pieces.some(({ sql }) => needsNewConnections.test(sql));
  const warnings: string[] = [];
  const ended = (["COMMIT", "ROLLBACK"] as const).find((tag) => tags.has(tag));
  if (transaction && ended)
    warnings.push(
      `${file} holds a ${ended} of its own, which ends the transaction that ${layout.title} puts around it: a failure after it leaves half of the migration applied.`,
    );
  if (!transaction && !joined && on.getTransactionStatus() !== "I")
    warnings.push(`${file} begins a transaction and does not end it; what follows would be part of it.`);
  await finish();
  if (!isShared && on.getTransactionStatus() !== "I") await send(on, { ...revision, file }, "COMMIT");
  return { warnings, ranCode: ["SELECT", "DO", "CALL"].some((tag) => tags.has(tag)) };
}

/**
 * What new connections begin with; and what stays as long as a connection does: a setting with a dot in its name is there,
 * and empty, when it has been taken back. In code, and in what it puts together, the words are all that can be seen.
 */
const needsNewConnections = new RegExp(
  [
    String.raw`\balter\s+(?:role|user|database|system)\b`,
    String.raw`\bon\s+login\b`,
    String.raw`\bset\s+(?:session\s+|local\s+)?(?:\w+|"[^"]+")\s*\.`,
    String.raw`\bset_config\s*\(\s*(?!'[^'.]*')`,
    String.raw`\bsetseed\b`,
  ].join("|"),
  "i",
);

const isOneMessage = (scripts: readonly Script[], joins: (sql: string) => boolean): boolean => {
  const pieces = scripts.flatMap((script) => (script.transaction ? [] : script.pieces));
  return scripts.length === 1 && pieces.length === 1 && pieces.every(({ sql }) => joins(sql));
};
