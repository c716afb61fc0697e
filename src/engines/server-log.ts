import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What an embedded server has written so far; nothing where it has not begun. */
export function readLog(directory: string): string {
  try {
    return readFileSync(join(directory, "log"), "utf8");
  } catch {
    return "";
  }
}

/** What the log says last about what went wrong; initdb still tells afterwards that it tidies up. */
export function lastComplaint(log: string): string {
  return complaints(log).at(-1) ?? (log.trim().split("\n").at(-1) || "it wrote nothing to its log");
}

/** The last reason that a server gave for its own end. */
export function lastWords(log: string): string | undefined {
  const said = complaints(log);
  return said.findLast((line) => line.startsWith("PANIC")) ?? said.findLast((line) => !turnedAway.test(line));
}

/** What a server that goes down or comes up again says to whoever asks then: a consequence, and no reason. */
const turnedAway = /the database system is|terminating connection/;

/** Without the time and the process that stand before each. */
function complaints(log: string): readonly string[] {
  return [...log.matchAll(/\b(?:FATAL|PANIC|error):.*/gi)].map(([complaint]) => complaint);
}
