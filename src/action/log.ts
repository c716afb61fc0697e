import { guarded } from "./guarded.ts";

/** Writes text to the job's log, in which the runner finds no command. */
export const log = (text: string): void => {
  process.stdout.write(guarded(text));
};
