import type { StatementKind } from "./statement-kind.ts";

/** The tables that a transaction has made itself, by the names that its statements call them. */
export interface OwnTables {
  /** Whether a statement reaches no other tables, as far as its text says. */
  areAll(kind: StatementKind | undefined): boolean;
  /** A statement runs; of an unknown kind, it may be code, or change what a name means. */
  note(kind: StatementKind | undefined): void;
}

/** None at first. */
export function createOwnTables(): OwnTables {
  const own = new Set<string>();
  const areAll = (kind: StatementKind | undefined): boolean =>
    kind?.tables?.names.every((name) => name === kind.tables?.creates || own.has(name)) ?? false;
  return {
    areAll,
    note(kind) {
      if (!kind?.tables) return own.clear();
      const { names, creates } = kind.tables;
      if (!areAll(kind)) {
        // What refers to another table reaches it from now on.
        for (const name of names) own.delete(name);
      } else if (creates !== undefined) own.add(creates);
    },
  };
}
