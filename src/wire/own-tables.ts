import type { StatementKind } from "./statement-kind.ts";

/** The tables that a transaction has made itself, by the names that its statements call them. */
export interface OwnTables {
  /** Whether a statement reaches nothing that the transaction has not made or locked in the same way before, as far as its text says. */
  areAll(kind: StatementKind | undefined): boolean;
  /** A statement runs; of an unknown kind, it may be code, or change what a name means. */
  note(kind: StatementKind | undefined): void;
}

/** None at first. */
export function createOwnTables(): OwnTables {
  /** Made here, and nothing that is done to them reaches others. */
  const own = new Set<string>();
  /** Made here, with references to others: an index on one reaches these no more. */
  const made = new Set<string>();
  /** Others that a table made here refers to: the next one that does so locks them in the same way. */
  const referred = new Set<string>();
  const areAll = (kind: StatementKind | undefined): boolean => {
    if (!kind?.tables) return false;
    const { names, creates, builds } = kind.tables;
    return names.every(
      (name) =>
        name === creates ||
        own.has(name) ||
        (builds !== undefined && made.has(name)) ||
        (builds === "table" && referred.has(name)),
    );
  };
  return {
    areAll,
    note(kind) {
      if (!kind?.tables) return [own, made, referred].forEach((set) => set.clear());
      const { names, creates, builds } = kind.tables;
      if (names.every((name) => name === creates || own.has(name)))
        return void (creates !== undefined && own.add(creates));
      if (builds === "index" && areAll(kind)) return;
      // What refers to another table reaches it from now on.
      for (const name of names) {
        if (own.delete(name)) made.add(name);
        else if (builds === "table" && name !== creates && !made.has(name)) referred.add(name);
      }
      if (builds === "table" && creates !== undefined) made.add(creates);
    },
  };
}
