import type { Setting } from "../sql/setting.ts";
import type { StatementIdentity } from "../sql/statement-identity.ts";
import { differingSetting, tell } from "../sql/told.ts";
import type { Told } from "../sql/told.ts";
import type { AllowedStatement, GuardedRevision, GuardedStatement } from "./guard.ts";

/** What to do with a statement. */
export type Turn =
  /** It is this one of the plan. `done`: an earlier run has finished it. */
  | { readonly kind: "planned"; readonly index: number; readonly statement: GuardedStatement; readonly done: boolean }
  /** The tool or the client library may send it. `records`: it says in the version table how far the revision has come. */
  | { readonly kind: "allowed"; readonly records: boolean }
  /** It says something of its session, which has then been told this. */
  | { readonly kind: "setting"; readonly told: Told }
  /** `why`: the end of a sentence that begins with what came. */
  | { readonly kind: "refused"; readonly why: string };

/** What comes, and to which session. */
export interface ComingStatement {
  readonly identity: StatementIdentity;
  readonly setting?: Setting | undefined;
  /** What its session has been told before. Absent: not compared. */
  readonly told?: Told;
}

/** The transaction that a statement runs in; one object for each. */
export interface OpenTransaction {
  /** The statements of the plan in it. */
  readonly statements: number[];
  /** What a ROLLBACK to a savepoint has taken back in it; what has to come again is no longer among `statements`. */
  readonly undone: number[];
  /** Whether one of them may make others wait. */
  blocks: boolean;
  /** Since when, by `performance.now()`. */
  blocksSince?: number;
  /** Whether the version table's row is in it. */
  recorded?: boolean;
}

/** Which statement of a revision comes next. */
export interface PlanOrder {
  readonly revision: string;
  /** How many of the plan have passed, from the first. */
  passed(): number;
  /** The most that had passed at any time: what was rolled back since is among them. */
  reached(): number;
  /** Whether it may come at all, now or later. */
  knows(identity: StatementIdentity): boolean;
  /** Whether it can only be one that an earlier run has finished. */
  isDone(identity: StatementIdentity): boolean;
  /** What it would be if it came when so many have passed. Default: now. */
  turn(statement: ComingStatement, at?: number): Turn;
  /** The next one passes, in this transaction. */
  pass(index: number, transaction: OpenTransaction | undefined): void;
  /** It was passed over, and may come again. */
  takeBack(index: number): void;
  /** It has failed: unless it did so in the rehearsal, nothing of the plan comes after it, and nothing is committed. */
  fail(index: number): void;
  /** Whether one of the statements that shared this transaction has passed. */
  hasBegun(transaction: number): boolean;
  /** What would have passed after these, of so many, had been rolled back: what the rehearsal kept has to come again. */
  afterRollback(indexes: readonly number[], passed?: number): number;
  /** These have been rolled back. */
  rollBack(indexes: readonly number[]): void;
  /** Why a transaction cannot be committed when so many have passed; `undefined` when it can. */
  unfinished(transaction: OpenTransaction, passed?: number): string | undefined;
}

/** The order of one revision's statements. */
export function createPlanOrder({
  revision,
  statements,
  alsoAllowed,
  sessions = [],
  doneAlready = 0,
}: GuardedRevision): PlanOrder {
  let position = 0;
  let furthest = 0;
  /** The first that has to come again. */
  let rolledBack: number | undefined;
  /** Transactions of the rehearsal of which something has passed. */
  const begun = new Set<number>();
  let failed: number | undefined;
  /** Where each statement comes last. */
  const lastIndex = new Map(statements.map((statement, index) => [keyOf(statement), index]));
  const allowedLike = Map.groupBy(alsoAllowed, keyOf);
  const last = (identity: StatementIdentity): number =>
    Math.max(...keysOf(identity).map((key) => lastIndex.get(key) ?? -1));
  const allowed = (identity: StatementIdentity, at = Infinity): readonly AllowedStatement[] =>
    keysOf(identity).flatMap((key) => (allowedLike.get(key) ?? []).filter(({ after = 0 }) => at >= after));

  const isDoneAt = (index: number): boolean => index < doneAlready && !statements[index]?.repeats;
  /** Behind the statements from here on that need not come. */
  const behindRepeats = (at: number): number => {
    let behind = at;
    while (statements[behind]?.repeats) behind++;
    return behind;
  };
  /** What may come at a position: the next of the plan, and around it whatever rows decide about, and what is behind that. */
  const candidates = (at: number): readonly number[] => {
    const end = behindRepeats(at);
    let begin = at;
    while (statements[begin - 1]?.repeats) begin--;
    if (begin === end) return [at];
    return [at, ...Array.from({ length: end - begin }, (_, offset) => begin + offset), end];
  };

  const numbered = (index: number): string => {
    const tag = statements[index]?.tag;
    return `statement ${index + 1} of ${statements.length}${tag === undefined ? "" : ` (${tag})`}`;
  };

  const afterRollback = (indexes: readonly number[], passed = position): number =>
    Math.min(passed, ...indexes.filter((index) => isExpectedAgain(index)));
  const isExpectedAgain = (index: number): boolean => {
    const statement = statements[index];
    return !statement?.undone && !statement?.fails && !statement?.repeats;
  };
  const moveBack = (first: number, indexes: readonly number[]): void => {
    position = Math.min(position, first);
    // A transaction of which nothing is left may begin again.
    for (const index of indexes) {
      const number = statements[index]?.transaction;
      if (index >= position && number !== undefined && statements[position - 1]?.transaction !== number)
        begun.delete(number);
    }
  };
  const afterFailure = (): string | undefined =>
    failed === undefined
      ? undefined
      : `came although ${numbered(failed)} had failed, which it did not in the rehearsal`;

  const turn = ({ identity, setting, told }: ComingStatement, at = position): Turn => {
    const keys = keysOf(identity);
    /** A setting in which the session is not as it was in the rehearsal, wherever else this could have its turn. */
    let differing: string | undefined;
    const isAsRehearsed = (rehearsed: Told | undefined): boolean => {
      const name = told && rehearsed && differingSetting(told, rehearsed);
      differing ??= name;
      return name === undefined;
    };
    const free = allowed(identity, behindRepeats(at));
    /** What records the end of a revision may look like what records its beginning. */
    const records = free.some(({ after }) => after !== undefined);
    const failure = afterFailure();
    if (failure !== undefined && !setting && (records || free.length === 0)) return { kind: "refused", why: failure };
    for (const index of candidates(at)) {
      const candidate = statements[index];
      if (candidate && keys.includes(keyOf(candidate)) && isAsRehearsed(candidate.told))
        return { kind: "planned", index, statement: candidate, done: isDoneAt(index) };
    }
    if (free.some(({ told }) => isAsRehearsed(told))) return { kind: "allowed", records };
    if (setting && told) {
      const then = tell(told, setting);
      if (sessions.some((session) => differingSetting(then, session) === undefined))
        return { kind: "setting", told: then };
      return { kind: "refused", why: `sets ${setting.name} as the rehearsal did not at this point` };
    }
    if (differing !== undefined)
      return { kind: "refused", why: `came in a session that had not set ${differing} as in the rehearsal` };
    return {
      kind: "refused",
      why: statements[at]
        ? `came where ${numbered(at)} was expected${at === rolledBack ? ", which had been rolled back" : ""}`
        : statements.length === 0
          ? "came where nothing was expected"
          : `came after the last statement of the plan`,
    };
  };

  return {
    revision,
    passed: () => position,
    reached: () => furthest,
    knows: (identity) => last(identity) >= Math.min(...candidates(position)) || allowed(identity).length > 0,
    isDone: (identity) => last(identity) >= position && isDoneAt(last(identity)) && allowed(identity).length === 0,
    turn,
    pass(index, transaction) {
      position = index + 1;
      furthest = Math.max(furthest, position);
      if (!transaction) return;
      transaction.statements.push(index);
      const number = statements[index]?.transaction;
      if (number !== undefined) begun.add(number);
    },
    takeBack(index) {
      moveBack(index, [index]);
      furthest = Math.min(furthest, position);
    },
    afterRollback,
    rollBack(indexes) {
      const first = afterRollback(indexes);
      if (first < position) rolledBack = first;
      moveBack(first, indexes);
    },
    fail(index) {
      const statement = statements[index];
      // A loop over rows may try each of them.
      if (!statement?.fails && !statement?.repeats) failed ??= index;
    },
    hasBegun: (transaction) => begun.has(transaction),
    unfinished(transaction, passed = position) {
      const left = transaction.statements.find(
        (index) => statements[index]?.undone === "taken back" && !transaction.undone.includes(index),
      );
      if (left !== undefined) return `came before ${numbered(left)} was rolled back, as it had been in the rehearsal`;
      const inIt = [...transaction.statements, ...transaction.undone];
      if (failed !== undefined && inIt.includes(failed)) return afterFailure();
      const missing = transaction.undone.find((index) => index >= passed && isExpectedAgain(index));
      if (missing !== undefined) return `came before ${numbered(missing)}, which had been rolled back, had come again`;
      const behind = behindRepeats(passed);
      const [next, last] = [statements[behind], statements[passed - 1]];
      if (!last || last.transaction === undefined) return undefined;
      if (isDoneAt(passed - 1) || !transaction.statements.includes(passed - 1)) return undefined;
      if (next?.transaction === last.transaction)
        return `came before ${numbered(behind)}, which belongs to the same transaction`;
      const isRecorded = transaction.recorded || !alsoAllowed.some((record) => record.transaction === last.transaction);
      return next || isRecorded
        ? undefined
        : "came before the row of the version table, which belongs to the same transaction";
    },
  };
}

/** What a statement of the plan is recognised by: its text, where constants are part of what is done. */
function keyOf({ fingerprint = "", text }: StatementIdentity): string {
  return text === undefined ? `fingerprint ${fingerprint}` : `text ${text}`;
}

/** All that a statement which came could be recognised by. */
function keysOf({ fingerprint, text }: StatementIdentity): readonly string[] {
  return [
    ...(text === undefined ? [] : [`text ${text}`]),
    ...(fingerprint === undefined ? [] : [`fingerprint ${fingerprint}`]),
  ];
}

/** Takes statements of the plan back in their transaction: what has to come again is no part of it any more. */
export function takeBack(transaction: OpenTransaction, indexes: readonly number[], order: PlanOrder | undefined): void {
  const { statements, undone } = transaction;
  const from = order?.afterRollback(indexes, Infinity) ?? Infinity;
  undone.push(...indexes);
  statements.splice(0, statements.length, ...statements.filter((index) => index < from || !indexes.includes(index)));
}
