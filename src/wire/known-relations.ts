import { optional } from "../optional.ts";
import type { Deferrable } from "./deferrable.ts";
import type { Handlers } from "./exception-handlers.ts";
import type { LevelCode } from "./message-level.ts";
import type { RelationFacts } from "./relation-facts.ts";

/** Relations with a lower number came with the database. */
export const firstUserOid = 16_384;

const highestPossibleOid = 2 ** 32 - 1;

/** A place in the history of a server that others can see. */
export interface Mark {
  /** No relation that others can see has a higher number. */
  readonly highestOid: number;
  /** Position in the write-ahead log, in bytes; absent where only what is known of relations was brought up to date. */
  readonly wal?: number;
}

/** The functions of a database. */
export interface Code {
  /** Those that may take a part of their work back. */
  readonly handlers: Handlers;
  /** What its constraints and triggers may put off to the end of a transaction. */
  readonly deferrable: Deferrable;
  /** Which of them read or set `client_min_messages`. */
  readonly readsLevel: LevelCode;
  /** Whether some of it runs after changes of the schema. */
  readonly hasEventTriggers: boolean;
  /** Whether every role may call those that our questions need. */
  readonly publicMayAsk: boolean;
  /** Number of the function that says how much was written to the write-ahead log. */
  readonly walFunction: number;
}

/** The relations of a database as others see them, read again where something was committed. */
export interface KnownRelations {
  /** Where the database is now. Brings what is known of its relations up to date. */
  mark(): Promise<Required<Mark>>;
  /** Brings what is known of its relations up to date; at once when it is, and then without a new position. */
  refresh(): Mark | Promise<Mark>;
  /** What is known of its relations, since the last mark. */
  known(): ReadonlyMap<number, RelationFacts>;
  /**
   * Something was committed: these relations may have other names and places now, and there may be new ones above a
   * number, if one is given.
   */
  touched(oids: Iterable<number>, above: number | undefined): void;
  /** What is known of its functions, since the last mark; nothing before it, and after a change. */
  code(): Code | undefined;
  /** Functions were committed, or rights to them. */
  codeTouched(): void;
  /** Something was committed that may have touched any relation, and any code. */
  forget(): void;
  /** Resolves when nothing is being read any more. */
  settled(): Promise<unknown>;
}

/** Reads these relations, and those above a number; `logToo`: and where the write-ahead log is meanwhile, which costs more. */
export type ReadRelations = (
  oids: readonly number[],
  above: number,
  logToo: boolean,
) => Promise<{ readonly wal?: number; readonly facts: readonly RelationFacts[] }>;

/** Nothing is known at first. */
export function createKnownRelations(read: ReadRelations, readCode: () => Promise<Code>): KnownRelations {
  const known = new Map<number, RelationFacts>();
  /** Relations to look at again: these, and those above a number. */
  const stale = new Set<number>();
  let above = firstUserOid - 1;
  /** Of the relations that were ever seen. */
  let highestOid = above;
  /** Whether that has been asked for, or need not be. */
  let current = false;
  let last: Mark | Promise<Mark> | undefined;
  let code: Code | undefined;
  let codeAsked: Promise<Code> | undefined;

  const codeTouched = (): void => {
    current = false;
    codeAsked = undefined;
    code = undefined;
  };
  const forget = (): void => {
    known.clear();
    stale.clear();
    highestOid = above = firstUserOid - 1;
    current = false;
    codeTouched();
  };

  const readAgain = async (logToo: boolean): Promise<Mark> => {
    const asked = [...stale];
    const from = Math.min(above, highestOid);
    stale.clear();
    above = highestPossibleOid;
    current = true;
    try {
      const reading = (codeAsked ??= readCode());
      const found = await reading;
      if (codeAsked === reading) code = found;
      const { wal, facts } = await read(asked, from, logToo);
      for (const oid of asked) known.delete(oid);
      for (const fact of facts) {
        known.set(fact.oid, fact);
        highestOid = Math.max(highestOid, fact.oid);
      }
      above = Math.min(above, highestOid);
      return { highestOid, ...optional("wal", wal) };
    } catch (cause) {
      forget();
      throw cause;
    }
  };
  const noteLast = <Asked extends Mark>(asked: Promise<Asked>): Promise<Asked> => {
    last = asked;
    void asked.then(
      (answer) => last === asked && (last = answer),
      () => {},
    );
    return asked;
  };

  return {
    mark: () => noteLast(readAgain(true).then(({ wal = 0, ...mark }) => ({ ...mark, wal }))),
    refresh: () => (current && last !== undefined ? last : noteLast(readAgain(false))),
    known: () => known,
    touched(oids, newAbove) {
      for (const oid of oids) {
        stale.add(oid);
        current = false;
      }
      if (newAbove === undefined) return;
      above = Math.min(above, newAbove);
      current = false;
    },
    code: () => code,
    codeTouched,
    forget,
    settled: () => Promise.allSettled([last]),
  };
}
