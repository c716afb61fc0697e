import { parseDuration } from "../repository/duration.ts";
import { readLimit, type LimitName } from "../repository/limits.ts";
import { UsageError } from "../errors.ts";

/** Reads inputs by name; an empty one counts as not given. */
export interface InputReader {
  text(name: string): string | undefined;
  /** @throws UsageError naming the input, and what it may be */
  choice<Choice extends string>(name: string, ...choices: readonly Choice[]): Choice | undefined;
  /** In milliseconds. @throws UsageError */
  duration(name: string): number | undefined;
  /** @throws UsageError */
  limit(name: LimitName): number | undefined;
}

/** @param get gives an input's text, and nothing or an empty text for one that is not given */
export function inputReader(get: (name: string) => string): InputReader {
  const text = (name: string): string | undefined => get(name).trim() || undefined;
  /** @param parse its RangeError ends a sentence */
  const read = (name: string, parse: (value: string) => number): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    try {
      return parse(value);
    } catch (error) {
      throw new UsageError(`The input ${name} is ${JSON.stringify(value)}; it ${(error as RangeError).message}.`);
    }
  };
  return {
    text,
    choice(name, ...choices) {
      const value = text(name);
      const chosen = choices.find((candidate) => candidate === value);
      if (value === undefined || chosen !== undefined) return chosen;
      throw new UsageError(`The input ${name} is ${JSON.stringify(value)}; it can be ${choices.join(", ")}.`);
    },
    duration: (name) => read(name, parseDuration),
    limit: (name) => read(name, (value) => readLimit(name, value)),
  };
}
