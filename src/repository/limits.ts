import { UsageError } from "../errors.ts";
import { parseDuration } from "./duration.ts";

/** How long what runs in production may wait and run, and how often it is tried, as the words of configuration and options. */
export const limits = {
  "lock-timeout": {
    about: "how long a statement may wait for a lock while others wait behind it",
    initial: 2_000,
    from: 10,
    to: 10 * 60_000,
  },
  "blocking-timeout": {
    about: "how long a statement may run that others may have to wait for, or `none`",
    initial: 60_000,
    from: 100,
    to: 24 * 3_600_000,
    endless: true,
  },
  "statement-timeout": {
    about: "how long all other statements may run, or `none`",
    initial: 0,
    from: 1_000,
    to: 24 * 3_600_000,
    endless: true,
  },
  attempts: {
    about: "how often a revision that only lacks a lock is tried",
    initial: 10,
    from: 1,
    to: 1_000,
    counted: true,
  },
  "retry-pause": {
    about: "the longest pause between two attempts; the first is 500ms and each twice the one before, less chance",
    initial: 10_000,
    from: 100,
    to: 10 * 60_000,
  },
} as const satisfies Readonly<Record<string, LimitDescription>>;

interface LimitDescription {
  readonly about: string;
  /** The default. Times in milliseconds; 0 for one without an end. */
  readonly initial: number;
  readonly from: number;
  readonly to: number;
  /** That it may be `none`. */
  readonly endless?: true;
  /** That it is no time. */
  readonly counted?: true;
}

/** The name of a limit. */
export type LimitName = keyof typeof limits;
/** Limits by name. Times in milliseconds; 0: without an end. */
export type Limits = Readonly<Record<LimitName, number>>;

/** All names, in the order in which people read them. */
export const limitNames = Object.keys(limits) as readonly LimitName[];

/** Reads one limit, for example `500ms`, `none` or, of attempts, `20`. @throws RangeError that ends a sentence */
export function readLimit(name: LimitName, text: string): number {
  const { from, to, endless, counted }: LimitDescription = limits[name];
  if (endless && text.trim() === "none") return 0;
  if (!counted) return parseDuration(text, { from, to });
  const number = /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new RangeError(`must be a whole number from ${from} to ${to}`);
}

/** How a limit's default is written. */
export function initialLimit(name: LimitName): string {
  const { initial, counted }: LimitDescription = limits[name];
  if (counted) return String(initial);
  return initial === 0 ? "none" : `${initial / 1_000}s`;
}

/**
 * The limits that hold, from the defaults and what was said, what comes later winning.
 * @throws UsageError when one makes another pointless
 */
export function resolveLimits(...said: readonly (Partial<Limits> | undefined)[]): Limits {
  const initial = Object.fromEntries(limitNames.map((name) => [name, limits[name].initial])) as Limits;
  const resolved: Limits = Object.assign({ ...initial }, ...said);
  for (const name of ["blocking-timeout", "statement-timeout"] as const)
    if (resolved[name] !== 0 && resolved[name] <= resolved["lock-timeout"])
      throw new UsageError(
        `The ${name} (${resolved[name]} ms) ends a statement before its lock-timeout (${resolved["lock-timeout"]} ms) does, and only that one is tried again: make it longer.`,
      );
  return resolved;
}
