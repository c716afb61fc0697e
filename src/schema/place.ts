import type { SearchPath } from "./names.ts";

/** Where in a history a statement stands. */
export interface Place {
  readonly searchPath: SearchPath;
  /** Counted from 0. */
  readonly migration: number;
  /** A number that no other transaction of the history has. */
  readonly transaction: number;
  /** Whether the schema holds everything there is, so that `IF NOT EXISTS` makes what is not in it. Default: false. */
  readonly complete?: boolean;
  /** Whether SQL ran that nobody saw, and that may have made things. */
  readonly unseen?: true;
  /** What `TimeZone` is set to; absent where the server's or the role's own is in effect. */
  readonly timeZone?: string;
  /** The newest major of PostgreSQL that it may meet: where majors lock differently, the most is said. Absent: the newest that is supported. */
  readonly newestMajor?: number;
}

/** Whether what PostgreSQL does since 18 is to be reckoned with. */
export const isFrom18 = ({ newestMajor = 18 }: Pick<Place, "newestMajor">): boolean => newestMajor >= 18;

/** Whether what the schema does not hold is not there, so that `IF EXISTS` drops nothing. */
export const knowsMissing = ({ complete, unseen }: Pick<Place, "complete" | "unseen">): boolean =>
  complete === true && !unseen;
