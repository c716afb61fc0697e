import type { StatementIdentity } from "../sql/statement-identity.ts";
import type { GuardedRevision, GuardedStatement } from "./guard.ts";

/** What to do with a statement. */
export type Turn =
  /** It is this one of the plan. `done`: an earlier run has finished it. */
  | { readonly kind: "planned"; readonly index: number; readonly statement: GuardedStatement; readonly done: boolean }
  /** The tool or the client library may send it at any time. */
  | { readonly kind: "allowed" }
  /** `why`: the end of a sentence that begins with what came. */
  | { readonly kind: "refused"; readonly why: string };

/** The transaction that a statement runs in; one object for each. */
export interface OpenTransaction {
  /** The statements of the plan in it. */
  readonly statements: number[];
  /** Whether one of them may make others wait. */
  blocks: boolean;
  /** Since when, by `performance.now()`. */
  blocksSince?: number;
}

/** Which statement of a revision comes next. */
export interface PlanOrder {
  readonly revision: string;
  /** How many of the plan have passed, from the first. */
  passed(): number;
  /** Whether it may come at all, now or later. */
  knows(identity: StatementIdentity): boolean;
  /** Whether it can only be one that an earlier run has finished. */
  isDone(identity: StatementIdentity): boolean;
  /** What these would be if they came now, one after the other; the last is the one that is refused, if any is. */
  turns(identities: readonly StatementIdentity[], from?: number): readonly Turn[];
  /** The next one passes, in this transaction. */
  pass(index: number, transaction: OpenTransaction | undefined): void;
  /** It was passed over, and may come again. */
  takeBack(index: number): void;
  /** Why a transaction cannot be committed when so many have passed; `undefined` when it can. */
  unfinished(transaction: OpenTransaction, passed?: number): string | undefined;
}

/** The order of one revision's statements. */
export function createPlanOrder({ revision, statements, alsoAllowed, doneAlready = 0 }: GuardedRevision): PlanOrder {
  let position = 0;
  /** Where each statement comes last, and how many must have passed before one that is also allowed. */
  const lastIndex = new Map(statements.map((statement, index) => [keyOf(statement), index]));
  const allowedFrom = new Map<string, number>();
  for (const allowed of alsoAllowed) {
    const key = keyOf(allowed);
    allowedFrom.set(key, Math.min(allowedFrom.get(key) ?? Infinity, allowed.after ?? 0));
  }
  const last = (identity: StatementIdentity): number =>
    Math.max(...keysOf(identity).map((key) => lastIndex.get(key) ?? -1));
  const isAllowed = (identity: StatementIdentity, at = Infinity): boolean =>
    keysOf(identity).some((key) => at >= (allowedFrom.get(key) ?? Infinity) && allowedFrom.has(key));

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

  const turn = (identity: StatementIdentity, at: number): Turn => {
    const statement = statements[at];
    const keys = keysOf(identity);
    for (const index of candidates(at)) {
      const candidate = statements[index];
      if (candidate && keys.includes(keyOf(candidate)))
        return { kind: "planned", index, statement: candidate, done: isDoneAt(index) };
    }
    if (isAllowed(identity, behindRepeats(at))) return { kind: "allowed" };
    return {
      kind: "refused",
      why: statement
        ? `came where statement ${at + 1} of ${statements.length} ${described(statement)}was expected`
        : statements.length === 0
          ? "came where nothing was expected"
          : `came after the last statement of the plan`,
    };
  };

  return {
    revision,
    passed: () => position,
    knows: (identity) => last(identity) >= Math.min(...candidates(position)) || isAllowed(identity),
    isDone: (identity) => last(identity) >= position && isDoneAt(last(identity)) && !isAllowed(identity),
    turns(identities, from = position) {
      const turns: Turn[] = [];
      let at = from;
      for (const identity of identities) {
        const next = turn(identity, at);
        turns.push(next);
        if (next.kind === "refused") break;
        if (next.kind === "planned") at = next.index + 1;
      }
      return turns;
    },
    pass(index, transaction) {
      position = index + 1;
      transaction?.statements.push(index);
    },
    takeBack(index) {
      position = Math.min(position, index);
    },
    unfinished(transaction, passed = position) {
      const [next, last] = [statements[behindRepeats(passed)], statements[passed - 1]];
      if (!next || !last || next.transaction === undefined || next.transaction !== last.transaction) return undefined;
      if (isDoneAt(passed - 1) || !transaction.statements.includes(passed - 1)) return undefined;
      return `came before statement ${passed + 1} of ${statements.length} ${described(next)}, which belongs to the same transaction`;
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

function described({ tag }: GuardedStatement): string {
  return tag === undefined ? "" : `(${tag}) `;
}
