import { type LockMode, lockModes } from "./lock-modes.ts";

/** What other sessions cannot do on a table while a lock of this mode is held or waited for, for the end of a sentence that says "blocks". */
export function blockedBy(mode: LockMode): string {
  switch (mode) {
    case "ACCESS EXCLUSIVE":
      return "reads and writes";
    case "EXCLUSIVE":
    case "SHARE ROW EXCLUSIVE":
    case "SHARE":
      return "writes";
    case "SHARE UPDATE EXCLUSIVE":
      return "VACUUM and other changes of the schema, but neither reads nor writes";
    case "ROW EXCLUSIVE":
    case "ROW SHARE":
    case "ACCESS SHARE":
      return "only locks of the stronger modes";
  }
}

/** The stronger of two modes. */
export function strongerMode(one: LockMode | undefined, other: LockMode): LockMode {
  return one !== undefined && lockModes.indexOf(one) > lockModes.indexOf(other) ? one : other;
}

/** Whether an application that reads or writes the table has to wait for such a lock. */
export const blocksQueries = (mode: LockMode): boolean => lockModes.indexOf(mode) >= lockModes.indexOf("SHARE");

/** Whether the mode is one that no `SELECT`, `INSERT`, `UPDATE` or `DELETE` takes. */
export const isSchemaLock = (mode: LockMode): boolean =>
  lockModes.indexOf(mode) >= lockModes.indexOf("SHARE UPDATE EXCLUSIVE");
