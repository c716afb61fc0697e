import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import type { MergeJudgement } from "../merge/merge-judgement.ts";
import { plainLine } from "./plain-text.ts";

/** A commit status, in GitHub's words. */
export interface MergeStatus {
  readonly state: "success" | "failure" | "error";
  readonly description: string;
}

/** In characters: GitHub takes no longer description. */
const longest = 140;

/**
 * What is said on a pull request's commit after the branch it goes into has moved; `undefined` where there is nothing to say.
 * @param branch that branch
 */
export function mergeStatus(judgement: MergeJudgement, branch: string): MergeStatus | undefined {
  switch (judgement.kind) {
    case "untouched":
      return undefined;
    case "conflicts": {
      const [first = "", ...others] = judgement.files.map((file) => posix.basename(file));
      const files = others.length === 0 ? first : `${first} and ${others.length} more`;
      return { state: "error", description: fitted([`Merge ${branch} and resolve the conflicts in ${files}.`]) };
    }
    case "unjudged":
      return { state: "error", description: fitted([`Not judged: ${judgement.reason}`]) };
    case "judged": {
      const { failing, projects } = judgement;
      const newRevisions = projects.reduce((sum, { newIds }) => sum + newIds.size, 0);
      const [first] = failing;
      if (first === undefined)
        return {
          state: "success",
          description: fitted([
            `Fits ${branch}: ${newRevisions} new ${newRevisions === 1 ? "revision" : "revisions"}.`,
            `Fits: ${newRevisions} new.`,
          ]),
        };
      const more = failing.length === 1 ? "" : ` (and ${failing.length - 1} more)`;
      const what = `${first.title}${more}.`;
      const repair = repairOf(first);
      // What was done to a migration of the branch is undone without its newer commits, too.
      const merge = /^(migration|project)-/.test(first.ruleId) ? "" : `Merge ${branch}, then: `;
      return {
        state: "failure",
        description: fitted([`${what} ${merge}${repair}`, `${merge}${repair}${more}`, `${merge}${repair}`]),
      };
    }
    default:
      return judgement satisfies never;
  }
}

/** What to do, in as few words as there are: the command or the rename where the help ends in one. */
function repairOf({ help = "", message }: Finding): string {
  const first = help.split("\n").find(Boolean) ?? message;
  const lines = help
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => line.trim());
  const [command] = lines;
  if (command === undefined || first.startsWith("Restore") || first.startsWith("Give")) return first;
  const [from, to] = command.split(" → ");
  if (from === undefined || to === undefined) return command;
  return `rename ${posix.basename(from)} to ${posix.basename(to)}`;
}

/** The first of these that is short enough, or as much of the last as there is room for. */
export function fitted(texts: readonly string[]): string {
  const plain = texts.map((text) => Array.from(plainLine(text)));
  const found = plain.find(({ length }) => length <= longest);
  if (found !== undefined) return found.join("");
  return `${(plain.at(-1) ?? []).slice(0, longest - 1).join("")}…`;
}
