import type { Files } from "../../files.ts";
import { type Entry, compareText, downgradeOf } from "./linear-history.ts";

/** One file of a pair, as its name says. */
export interface PairMember {
  readonly id: string;
  readonly title: string;
  readonly direction: "up" | "down";
  readonly file: string;
}

/** Joins the two files of each version. A version may have either alone; several files for one direction are several entries. */
export function pairEntries(
  files: Files,
  members: readonly PairMember[],
  compare: (a: string, b: string) => number = compareText,
): readonly Entry[] {
  const versions = [...Map.groupBy(members, ({ id }) => id)].toSorted(([a], [b]) => compare(a, b));
  return versions.flatMap(([id, both]) => {
    const ups = both.filter(({ direction }) => direction === "up");
    const downs = both.filter(({ direction }) => direction === "down");
    const count = Math.max(ups.length, downs.length);
    return Array.from({ length: count }, (_, index): Entry => {
      // A second file of either kind has the first as its counterpart: it is the same version.
      const up = ups[index] ?? ups[0];
      const down = downs[index] ?? downs[0];
      return {
        id,
        file: (up ?? (down as PairMember)).file,
        title: (up ?? (down as PairMember)).title,
        downgrade: downgradeOf(files, down?.file),
        ...(down === undefined ? {} : { downFile: down.file }),
      };
    });
  });
}
