import type { Finding } from "./finding.ts";
import type { HistoryProblem } from "./history.ts";
import type { Project } from "./project.ts";
import { historyInputs, type LintProjects, notReadable, outsideTransactionOf } from "./gate/history-inputs.ts";
import { inSequence } from "./gate/numbered-folders.ts";
import type { LintVerdict } from "./lint-verdict.ts";
import { judgeMigrations } from "./rules/judge.ts";
import type { Judgements, JudgeOptions } from "./rules/judgements.ts";

/** What was judged of projects, and what was not. */
export interface LintedProjects {
  readonly parts: readonly Judgements[];
  /** Files that their layouts cannot read. */
  readonly refused: readonly Finding[];
  readonly skipped: LintVerdict["coverage"]["skipped"];
}

/** Judges the SQL files of projects, each history by itself. @throws Error when `loadParser` was not awaited before */
export function lintProjects(
  { projects, leftOut = [], ...found }: LintProjects,
  judging: Pick<JudgeOptions, "rules" | "configured" | "majors" | "settings" | "policy">,
): LintedProjects {
  const unreadable = projects.flatMap((project) => {
    const reason = notReadable(project);
    return reason === undefined ? [] : [{ name: project.name, reason }];
  });
  const readable = projects.filter((project) => notReadable(project) === undefined);
  const linted = inSequence(readable).map((sequence) => lintSequence(sequence, { projects, ...found }, judging));
  return {
    parts: linted.map(({ part }) => part),
    refused: linted.flatMap(({ refused }) => refused),
    skipped: [...leftOut, ...unreadable, ...linted.flatMap(({ skipped }) => skipped)],
  };
}

/** @param sequence projects whose files are one history */
function lintSequence(
  sequence: readonly Project[],
  found: LintProjects,
  judging: Pick<JudgeOptions, "rules" | "configured" | "majors" | "settings" | "policy">,
): { readonly part: Judgements; readonly refused: readonly Finding[]; readonly skipped: LintedProjects["skipped"] } {
  const [first] = sequence as readonly [Project, ...Project[]];
  const read = sequence.map((project) => historyInputs(project, found));
  const refused = read.flatMap((one) => one.refused);
  const notRun = read.flatMap((one) => one.notRun);
  const { files, mergeBase, only } = found;
  const part = judgeMigrations(
    read.flatMap(({ inputs }) => inputs),
    {
      ...judging,
      ...outsideTransactionOf(files, first),
      // A project's files make everything there is, its prelude and its start included.
      complete: true,
      unseen: refused.length + notRun.length > 0,
      // What is new against a base arrives together; of a whole history, and of files named, nobody knows.
      together: mergeBase !== undefined && only === undefined,
    },
  );
  const isTold = ({ allowed, files: paths }: HistoryProblem): boolean =>
    allowed === undefined && only === undefined && paths.some((file) => !mergeBase?.exists(file));
  const skipped = notRun
    .filter(isTold)
    .map(({ message }) => ({ name: first.name, reason: message.replace(/\.$/, "") }));
  return { part, refused, skipped };
}
