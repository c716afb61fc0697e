import type { StatementIdentity } from "../sql/statement-identity.ts";
import { type Told, differingSetting, tell } from "../sql/told.ts";
import type { AllowedStatement, GuardedRevision } from "./guard.ts";
import type { ComingStatement, PlanOrder, Turn } from "./plan-order.ts";

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
