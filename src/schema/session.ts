import { optional } from "../optional.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { emptyMap, type PersistentMap } from "./persistent-map.ts";
import type { Place } from "./place.ts";
import { type Creation, emptySchema, type Schema } from "./schema.ts";
import { searchPathOf, type Settings, without } from "./settings.ts";

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
  /** No other transaction of the history has it, as far as it goes up. */
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
  /** The migrations that are one change with the one that runs, by their numbers: what they make is fresh to all of them. Absent: it is on its own. */
  readonly change?: ReadonlySet<number>;
  /** The relations that the migration itself drops sooner or later, where it is a way back: nobody is to use them any more. */
  readonly leaving?: ReadonlySet<string>;
  /** Whether the schema holds everything there is. */
  readonly complete?: boolean;
  /** Whether SQL ran that nobody saw, and that may have made things. */
  readonly unseen?: true;
  /** The newest major of PostgreSQL that it may meet. Absent: the newest that is supported. */
  readonly newestMajor?: number;
}

/** A new connection; `initial` are the settings it begins with. */
export function openSession(initial: Settings = {}): Session {
  return { schema: emptySchema, initial, session: initial, local: {}, transactions: 0, migration: 0 };
}

/** What is in effect now. */
export function settingsIn({ session, local }: Session): Settings {
  return Object.keys(local).length === 0 ? session : { ...session, ...local };
}

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
  const path = searchPathOf(settings);
  const exists = (name: string): boolean => name === "public" || session.schema.schemas.has(name);
  return {
    // PostgreSQL passes over schemas that do not exist; where not all is known, any of them may.
    searchPath: session.complete && path.some(exists) ? path.filter(exists) : path,
    ...(timeZone === undefined ? {} : { timeZone }),
    migration: session.migration,
    transaction: session.transaction?.id ?? session.transactions,
    complete: session.complete ?? false,
    ...optional("unseen", session.unseen),
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

/** Whether the migration that runs, or the change that it is part of, made something. */
export const isOwn = (
  { migration, change }: Pick<Session, "migration" | "change">,
  created: Creation | undefined,
): boolean => created !== undefined && (created.migration === migration || (change?.has(created.migration) ?? false));

/** Whether an object belongs to the migration that runs, or to the change that it is part of, so that no application uses it yet. */
export function isFresh(session: Pick<Session, "schema" | "migration" | "change" | "leaving">, name: string): boolean {
  if (name.startsWith("pg_temp.") || session.leaving?.has(name)) return true;
  const relation = session.schema.relations.get(name);
  const fresh = isOwn(session, relation?.created);
  if (relation?.kind !== "index") return fresh;
  return (fresh || (session.leaving?.has(relation.table) ?? false)) && isFresh(session, relation.table);
}
