import type { Setting } from "./setting.ts";

/** What a session has been told and what still holds: by name, what was said last, in the order in which it was said. */
export interface Told {
  readonly session: ReadonlyMap<string, string>;
  /** Until the end of the transaction. */
  readonly transaction: ReadonlyMap<string, string>;
}

/** Of a session that has just begun. */
export const nothingTold: Told = { session: new Map(), transaction: new Map() };

/**
 * After one more setting. `DISCARD ALL` makes a session as good as new; what else is said for the session also
 * ends what the transaction had said about the same.
 */
export function tell({ session, transaction }: Told, { name, local, said }: Setting): Told {
  // https://www.postgresql.org/docs/18/sql-discard.html
  if (name === "discard all") return nothingTold;
  const others = (before: ReadonlyMap<string, string>) => [...before].filter(([other]) => other !== name);
  return local
    ? { session, transaction: new Map([...others(transaction), [name, said]]) }
    : { session: new Map([...others(session), [name, said]]), transaction: new Map(others(transaction)) };
}

/** After the end of a transaction. */
export const afterTransaction = (told: Told): Told =>
  told.transaction.size === 0 ? told : { ...told, transaction: nothingTold.transaction };

/** The first setting, by name, in which two sessions differ; `undefined` where they have been told the same. */
export function differingSetting(one: Told, other: Told): string | undefined {
  for (const part of ["session", "transaction"] as const) {
    const [said, expected] = [[...one[part]], [...other[part]]];
    const length = Math.max(said.length, expected.length);
    for (let index = 0; index < length; index++) {
      const [here, there] = [said[index], expected[index]];
      if (here?.[0] !== there?.[0] || here?.[1] !== there?.[1]) return (there ?? here)?.[0];
    }
  }
  return undefined;
}
