import { blocksQueries, strongerMode } from "../postgres/blocked-by.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import type { Node } from "../sql/syntax.ts";
import { applyStatement } from "./apply/apply.ts";
import type { Place } from "./place.ts";
import { renaming } from "./renaming.ts";
import type { Effects } from "./effects/effects.ts";
import { emptyMap, type PersistentMap } from "./persistent-map.ts";
import { type Creation, emptySchema, type Schema } from "./schema.ts";
import { searchPathOf, settingChanges, type Settings, withChange } from "./settings.ts";

/** A lock that a transaction keeps until it ends. */
export interface HeldLock {
  readonly relation: string;
  readonly mode: LockMode;
  /** The statement that took it. */
  readonly sql: string;
  /** Which statement of its transaction that is, from 0. */
  readonly statement: number;
}

interface Savepoint {
  readonly name: string;
  readonly schema: Schema;
  readonly session: Settings;
  readonly local: Settings;
  readonly held: PersistentMap<HeldLock>;
  readonly blocking: readonly HeldLock[];
  readonly renames: ReadonlyMap<string, string>;
}

/** A transaction that several statements share. */
export interface Transaction {
  /** No other transaction of the history has it. */
  readonly id: number;
  /**
   * Who began it: the migration `tool`, the `file` with `BEGIN`, or nobody (`implicit`): PostgreSQL makes one
   * transaction of several statements that arrive in one message.
   */
  readonly kind: "tool" | "file" | "implicit";
  /** How many statements it has run. */
  readonly statements: number;
  /** The locks it holds on relations that others can use, by relation. */
  readonly held: PersistentMap<HeldLock>;
  /** The first two statements that took a lock which queries wait for, with the first lock of each. */
  readonly blocking: readonly HeldLock[];
  /** Relations that it has renamed: the name that each has now, and the one it had before. */
  readonly renames: ReadonlyMap<string, string>;
  readonly before: { readonly schema: Schema; readonly session: Settings };
  readonly savepoints: readonly Savepoint[];
}

/** What one connection knows and holds between two statements. Never changes: every statement makes a new one. */
export interface Session {
  readonly schema: Schema;
  /** What `RESET` goes back to. */
  readonly initial: Settings;
  /** Set for the session. */
  readonly session: Settings;
  /** Set until the end of the transaction. */
  readonly local: Settings;
  readonly transaction?: Transaction;
  /** How many transactions there were. */
  readonly transactions: number;
  /** Which migration runs, counted from 0. */
  readonly migration: number;
  /** Migrations of this number and later are one change: what they make is fresh to all of them. Absent: each is on its own. */
  readonly freshFrom?: number;
  /** Whether the schema holds everything there is. */
  readonly complete?: boolean;
  /** The newest major of PostgreSQL that it may meet. Absent: the newest that is supported. */
  readonly newestMajor?: number;
}

/** A new connection; `initial` are the settings it begins with. */
export function openSession(initial: Settings = {}): Session {
  return { schema: emptySchema, initial, session: initial, local: {}, transactions: 0, migration: 0 };
}

/** What is in effect now. */
export const settingsIn = ({ session, local }: Session): Settings => ({ ...session, ...local });

/** The session with another `search_path`, unless what it has names the same schemas. */
export function withSearchPath(session: Session, path: string): Session {
  const same = searchPathOf(settingsIn(session)).join() === searchPathOf({ search_path: path }).join();
  if (same) return session;
  return {
    ...session,
    session: { ...session.session, search_path: path },
    local: without(session.local, "search_path"),
  };
}

/** Where the next statement stands. */
export function placeIn(session: Session): Place {
  const settings = settingsIn(session);
  const timeZone = settings["timezone"];
  return {
    searchPath: searchPathOf(settings),
    ...(timeZone === undefined ? {} : { timeZone }),
    migration: session.migration,
    transaction: session.transaction?.id ?? session.transactions,
    complete: session.complete ?? false,
    ...(session.newestMajor === undefined ? {} : { newestMajor: session.newestMajor }),
  };
}

/** Begins a transaction; the one that is open stays, as PostgreSQL leaves it. */
export function begin(session: Session, kind: Transaction["kind"]): Session {
  if (session.transaction) {
    // A `BEGIN` inside an implicit transaction turns it into one that outlasts the message.
    return kind === "file" && session.transaction.kind === "implicit"
      ? { ...session, transaction: { ...session.transaction, kind } }
      : session;
  }
  return {
    ...session,
    transactions: session.transactions + 1,
    transaction: {
      id: session.transactions + 1,
      kind,
      statements: 0,
      held: emptyMap(),
      blocking: [],
      renames: new Map(),
      before: { schema: session.schema, session: session.session },
      savepoints: [],
    },
  };
}

/** Ends the transaction, if there is one, and keeps what it did. */
export function commit(session: Session): Session {
  const { transaction: _, ...rest } = session;
  return { ...rest, local: {} };
}

/** Ends the transaction, if there is one, and forgets what it did. */
function rollback({ transaction, ...session }: Session): Session {
  return { ...session, ...transaction?.before, local: {} };
}

/** Whether the migration that runs, or the change that it is part of, made something. */
export const isOwn = (
  { migration, freshFrom = Infinity }: Pick<Session, "migration" | "freshFrom">,
  created: Creation | undefined,
): boolean => created !== undefined && (created.migration === migration || created.migration >= freshFrom);

/** Whether an object belongs to the migration that runs, or to the change that it is part of, so that no application uses it yet. */
export function isFresh(session: Pick<Session, "schema" | "migration" | "freshFrom">, name: string): boolean {
  if (name.startsWith("pg_temp.")) return true;
  const relation = session.schema.relations.get(name);
  const fresh = isOwn(session, relation?.created);
  return relation?.kind === "index" ? fresh && isFresh(session, relation.table) : fresh;
}

/** The session after a statement ran without error. `effects` are those of the statement on the schema before it. */
export function advance(session: Session, node: Node, effects: Effects, sql: string): Session {
  if ("TransactionStmt" in node) return advanceTransaction(session, node.TransactionStmt);
  const place = placeIn(session);
  let next: Session = { ...session, schema: applyStatement(session.schema, node, place) };
  if (!next.transaction) next = { ...next, transactions: next.transactions + 1 };
  for (const change of settingChanges(node)) {
    const inTransaction = next.transaction !== undefined;
    if (change.kind !== "reset all" && change.local) {
      if (inTransaction) next = { ...next, local: withChange(next.local, change, next.initial) };
    } else {
      const { local } = next;
      const rest = change.kind === "reset all" ? {} : without(local, change.name);
      next = { ...next, session: withChange(next.session, change, next.initial), local: rest };
    }
  }
  if (!next.transaction) return next;
  const transaction = withRenaming(
    withEffects(next.transaction, session, effects, sql),
    renaming(session.schema, node, place),
  );
  return { ...next, transaction };
}

function advanceTransaction(
  session: Session,
  statement: Extract<Node, { TransactionStmt: unknown }>["TransactionStmt"],
): Session {
  const { transaction } = session;
  const name = statement.savepoint_name ?? "";
  switch (statement.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return begin(session, "file");
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_PREPARE":
      return statement.chain ? begin(commit(session), "file") : commit(session);
    case "TRANS_STMT_ROLLBACK":
      return statement.chain ? begin(rollback(session), "file") : rollback(session);
    case "TRANS_STMT_SAVEPOINT": {
      if (!transaction) return session;
      const { schema, session: set, local } = session;
      const { held, blocking, renames } = transaction;
      const savepoint = { name, schema, session: set, local, held, blocking, renames };
      return { ...session, transaction: { ...transaction, savepoints: [...transaction.savepoints, savepoint] } };
    }
    case "TRANS_STMT_RELEASE":
    case "TRANS_STMT_ROLLBACK_TO": {
      const index = transaction?.savepoints.findLastIndex((candidate) => candidate.name === name) ?? -1;
      const savepoint = transaction?.savepoints[index];
      if (!transaction || !savepoint) return session;
      if (statement.kind === "TRANS_STMT_RELEASE")
        return { ...session, transaction: { ...transaction, savepoints: transaction.savepoints.slice(0, index) } };
      const { schema, session: set, local, held, blocking, renames } = savepoint;
      const kept = { ...transaction, held, blocking, renames, savepoints: transaction.savepoints.slice(0, index + 1) };
      return { ...session, schema, session: set, local, transaction: kept };
    }
    default:
      return session;
  }
}

/** The transaction with what it holds under the new name. */
function withRenaming(transaction: Transaction, names: ReturnType<typeof renaming>): Transaction {
  if (!names) return transaction;
  const { from, to } = names;
  const renames = new Map(transaction.renames);
  renames.delete(from);
  renames.set(to, transaction.renames.get(from) ?? from);
  const lock = transaction.held.get(from);
  return {
    ...transaction,
    renames,
    held: lock ? transaction.held.delete(from).set(to, { ...lock, relation: to }) : transaction.held,
    blocking: transaction.blocking.map((each) => (each.relation === from ? { ...each, relation: to } : each)),
  };
}

function withEffects(transaction: Transaction, session: Session, { locks }: Effects, sql: string): Transaction {
  const { statements: statement } = transaction;
  let { held, blocking } = transaction;
  for (const [relation, mode] of locks) {
    if (isFresh(session, relation)) continue;
    const present = held.get(relation);
    if (present && strongerMode(present.mode, mode) === present.mode) continue;
    const lock = { relation, mode, sql, statement };
    held = held.set(relation, lock);
    if (blocksQueries(mode) && blocking.length < 2 && !blocking.some((earlier) => earlier.statement === statement))
      blocking = [...blocking, lock];
  }
  return { ...transaction, statements: statement + 1, held, blocking };
}

function without(settings: Settings, name: string): Settings {
  const { [name]: _, ...rest } = settings;
  return rest;
}
