import { limitNames, type Limits } from "../repository/limits.ts";

/** The limits as the command line gives them: times in milliseconds. */
export interface LimitOptions {
  readonly lockTimeout?: number;
  readonly blockingTimeout?: number;
  readonly statementTimeout?: number;
  readonly attempts?: number;
  readonly retryPause?: number;
}

/** Those that were given, by the names that they have everywhere else. */
export function limitsSaid(options: LimitOptions): Partial<Limits> {
  const given = new Map(Object.entries(options));
  const said = limitNames.map((name) => [
    name,
    given.get(name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())),
  ]);
  return Object.fromEntries(said.filter(([, value]) => value !== undefined)) as Partial<Limits>;
}
