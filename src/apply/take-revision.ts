import { setTimeout as sleep } from "node:timers/promises";
import type { TakenRevision } from "../apply-report.ts";
import { ApplyError } from "../errors.ts";
import type { Direction } from "../finding.ts";
import { lockNotAvailable } from "../postgres/sql-states.ts";
import { describeFailure } from "../replay/findings.ts";
import { isAboutRows } from "../sql/about-rows.ts";
import { attemptOnce } from "./attempt.ts";
import { identityOf } from "./note-event.ts";
import { discreet } from "./discreet.ts";
import { answerOf } from "./patience.ts";
import { readLedger, type LedgerEntry } from "./ledger.ts";
import type { RehearsedRevision } from "./rehearsed.ts";
import { settleStatement, settleTransaction, type Settled } from "./settle.ts";
import { halfApplied, type Uncertain } from "./standing.ts";
import type { StepContext } from "./step-context.ts";

/** Another attempt may do better: no lock in time, deadlock, serialization failure. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const worthRetrying = new Set([lockNotAvailable, "40P01", "40001"]);

const firstPauseMs = 500;

/**
 * Takes one revision one step on production, again and again while it only lacks a lock.
 * @throws ApplyError when it cannot be done; the message says what state that leaves
 */
export async function takeRevision(
  step: RehearsedRevision,
  direction: Direction,
  context: StepContext,
): Promise<TakenRevision> {
  const { ledger, lock, limits } = context;
  const { attempts } = limits;
  const { id } = step.revision;
  const files = Object.fromEntries(step.planned.files.map(({ path, sha256 }) => [path, sha256]));
  const started = performance.now();
  /** As each was seen last, by what stays the same. */
  const everybody = new Map<string, string>();
  let resumedBehind: number | undefined;
  for (let attempt = 1; ; attempt++) {
    const doneAlready = await settleEarlier(step, direction, context);
    resumedBehind ??= doneAlready;
    await lock.verify();
    await ledger.write(id, { event: "began", direction, attempt, files, limits });
    const attempted = await attemptOnce(step, direction, doneAlready, context);
    const { outcome, refusal, saidByCode, blockedBy, durations } = attempted;
    for (const who of blockedBy) everybody.set(who.replace(/, in a transaction for .*/s, ""), who);
    const durationMs = Math.round(performance.now() - started);
    // A connection may end after the server has committed and before it has said so.
    if (outcome.kind === "done" || (await context.isRecorded(id).catch(() => false))) {
      const event = direction === "up" ? "applied" : "reverted";
      await ledger.write(id, { event, durationMs, attempt, files, statements: durations });
      return { id, durationMs, attempts: attempt, blockedBy: [...everybody.values()], resumedBehind };
    }
    const failure = discreet(
      outcome.failure,
      step.reports.filter(({ role }) => role === "migration").map(({ sql }) => sql),
      saidByCode,
    );
    // Whether this can still be written decides nothing: what was done is in the ledger already.
    const failed = {
      event: "failed",
      attempt,
      durationMs: Math.round(outcome.durationMs),
      ...(failure.sqlState === undefined ? {} : { sqlState: failure.sqlState }),
      ...(blockedBy.length > 0 ? { blockedBy } : {}),
    } as const;
    if (!lock.lost.aborted) await answerOf(ledger.write(id, failed), 5_000).catch(() => {});
    if (refusal !== undefined)
      throw new ApplyError(
        `\`${id}\` was stopped: ${refusal.message}${whatRowsDo(step)} ${await stateOf(step, direction, context)}`,
      );
    if (!worthRetrying.has(failure.sqlState ?? "") || attempt >= attempts || lock.lost.aborted)
      throw new ApplyError(
        `\`${id}\` ${attempt > 1 ? `failed in ${attempt} attempts` : "failed"}: ${describeFailure(failure)}\n${`${inTheWay([...everybody.values()])} ${await stateOf(step, direction, context)}`.trimStart()}`,
      );
    context.onProgress(
      `${id}: ${failure.sqlState}${inTheWay(blockedBy)} Attempt ${attempt + 1} of ${attempts} follows.`,
    );
    const pauseMs = Math.min(limits["retry-pause"], firstPauseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
    await sleep(pauseMs, undefined, { signal: lock.lost }).catch(() => {});
  }
}

/**
 * How many statements earlier attempts, of this run or of a dead one, have finished for good.
 * @throws ApplyError when that cannot be known, or is not what the plan begins with
 */
async function settleEarlier(step: RehearsedRevision, direction: Direction, context: StepContext): Promise<number> {
  const { ledger } = context;
  const { id } = step.revision;
  const { statements } = step.planned;
  const half = halfApplied(id, await entriesOf(id, context), direction === "down");
  if (half === undefined) return 0;
  const finished = [...half.finished];
  for (const [index, text] of finished.entries())
    if (statements[index]?.repeats === undefined && text !== identityOf(statements[index]))
      throw new ApplyError(
        `\`${id}\` is half applied: its first ${finished.length} statements are done, and the migration now begins with others. Bring back the content it was begun with, or undo by hand what it did.`,
      );
  if (half.uncertain !== undefined) {
    const { statements: numbers } = half.uncertain;
    const sql = step.reports.filter(({ role }) => role === "migration")[(numbers[0] ?? 0) - 1]?.sql ?? "";
    const settled = await settle(half.uncertain, sql, step, context);
    if (settled.kind === "unknown")
      throw new ApplyError(
        `\`${id}\` is half applied: statement ${numbers.join(", ")} was sent and its end was not seen, and ${settled.reason}. Find out whether it was done, and say so with \`--allow assume-done\` or \`--allow assume-undone\`.`,
      );
    const done = numbers.map((number) => ({ number, text: identityOf(statements[number - 1]) }));
    if (settled.kind === "undone") await ledger.write(id, { event: "undone", statements: numbers });
    else await ledger.write(id, { event: "finished", statements: done });
    if (settled.kind === "done") for (const { number, text } of done) finished[number - 1] = text;
  }
  return finished.length;
}

async function settle(
  { statements, transaction, wroteNothing }: Uncertain,
  sql: string,
  { before, after }: RehearsedRevision,
  { client, allow }: StepContext,
): Promise<Settled> {
  if (allow.includes("assume-done")) return { kind: "done" };
  if (allow.includes("assume-undone")) return { kind: "undone" };
  if (wroteNothing) return { kind: "undone" };
  if (transaction !== undefined) return settleTransaction(client, transaction);
  if (statements.length > 1) return { kind: "unknown", reason: "the catalog does not tell whether they were done" };
  return settleStatement(client, sql, before, after);
}

/** What a migration that reads rows can do so that it is not stopped. */
function whatRowsDo({ reports }: RehearsedRevision): string {
  const work = reports.filter(({ role }) => role === "migration");
  if (work.some(({ repeats }) => repeats !== undefined))
    return " Where rows lead to it, the rehearsal had none that do: give it some under `samples:` in headgate.yml.";
  if (!work.some(({ sql }) => isAboutRows(sql))) return "";
  return " Where rows decide how often its statements come, say so in its file: `headgate: repeat: <reason>`.";
}

/** What a failure leaves, and the one next command. */
async function stateOf(step: RehearsedRevision, direction: Direction, context: StepContext): Promise<string> {
  const command = direction === "up" ? "apply" : "downgrade";
  try {
    const entries = await answerOf(entriesOf(step.revision.id, context), 5_000);
    const half = halfApplied(step.revision.id, entries, direction === "down");
    return half === undefined
      ? `Nothing of it is left. Run \`headgate ${command}\` again when the cause is gone.`
      : `Of its ${step.planned.statements.length} statements ${half.finished.length} are done. \`headgate ${direction === "up" ? command : `${command} -n 1`}\` goes on behind them.`;
  } catch {
    return "Run `headgate status` to see what it left.";
  }
}

const entriesOf = async (
  revision: string,
  { client, project, histories }: StepContext,
): Promise<readonly LedgerEntry[]> =>
  (await readLedger(client, project, histories)).filter((entry) => entry.revision === revision);

const inTheWay = (blockedBy: readonly string[]): string =>
  blockedBy.length === 0 ? "" : ` In the way: ${blockedBy.join("; ")}.`;
