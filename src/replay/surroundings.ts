import type { Session } from "../sessions/session.ts";

/** What a step finds around it that its migration should not depend on: each with another value than usual. */
export interface Surroundings {
  /** Of the database session, by the name of the setting. */
  readonly settings: ReadonlyMap<string, string>;
  /** Of the process that runs the tool, by the name of the variable, or of what else it is told (`otherTraits`); with any, it is another process than the usual one. */
  readonly variables: ReadonlyMap<string, string>;
  /** By how many days the database's clock is ahead for what asks it; absent where it is not. */
  readonly daysAhead?: number;
}

/** Another day of another month and year. */
export const otherDay = 400;

/** The usual ones. */
export const unchanged: Surroundings = { settings: new Map(), variables: new Map() };

/** Starts the project's tool in other processes; absent where the tool has none. */
export interface OtherProcesses {
  /** The variables that such a process should differ in. @param sources of the migrations that are examined */
  variables(sources: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** @throws what opening a session throws */
  open(variables: ReadonlyMap<string, string>): Promise<Session>;
}

/** `name = value`, as people read it. */
export const listed = (values: ReadonlyMap<string, string>): string =>
  [...values].map(([name, value]) => `${name} = ${value}`).join("; ");
