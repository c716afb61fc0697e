import { declarationIn } from "../../declaration.ts";
import type { Files } from "../../files.ts";
import type { HistoryProblem } from "../../history.ts";
import { optional } from "../../optional.ts";

/**
 * A file that the tool runs and Headgate does not, and what its own comment says of that.
 * @param what it is, in a clause @param help what to do about it, in sentences
 */
export function notRun(files: Files, file: string, what: string, help: string): HistoryProblem {
  const { reason = "" } = declarationIn(files, file, "allow migration-not-run") ?? {};
  return {
    kind: "not-run",
    message: `${file} is not run here: it is ${what}.`,
    files: [file],
    revisions: [],
    help,
    ...optional("allowed", reason === "" ? undefined : reason),
  };
}

/** Migrations that are programs, which the tool only runs where it is built into one. @param language they are written in */
export const programMigrations = (
  files: Files,
  paths: readonly string[],
  language: string,
): readonly HistoryProblem[] =>
  paths.map((path) =>
    notRun(files, path, `a ${language} migration, which only a program built with it can run`, beginBehind),
  );

const beginBehind =
  "Where what comes after needs what it does, begin behind it: with the schema that it leaves under " +
  "`start:` of the project in headgate.yml (`dump:`, a file that pg_dump --schema-only writes, and `revision:`).";
