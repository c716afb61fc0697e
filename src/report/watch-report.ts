import { code, prose } from "./markup.ts";
import { plainLine } from "./plain-text.ts";

/** What became of one open pull request. */
export interface WatchedPull {
  readonly number: number;
  /** Its newest commit. */
  readonly head: string;
  /** The status that says it. */
  readonly context: string;
  /** `left-alone`: there was nothing to say. */
  readonly state: "success" | "failure" | "error" | "left-alone";
  /** A sentence. */
  readonly description: string;
  /** Why this could not be said on the commit, as a sentence; absent: it is said there, or need not be. */
  readonly untold?: string;
}

const marks = { success: "✔", failure: "✘", error: "⚠", "left-alone": "·" } as const;

/** The pull requests as lines for a log. */
export function watchText(pulls: readonly WatchedPull[], branch: string): string {
  if (pulls.length === 0) return `No pull request into ${plainLine(branch)} is open.\n`;
  const lines = pulls.map(
    ({ number, state, description, untold }) =>
      `${marks[state]} #${number}  ${plainLine(description)}${untold === undefined ? "" : ` (not told: ${plainLine(untold)})`}`,
  );
  return `${lines.join("\n")}\n`;
}

const summaryMarks = { success: "✅", failure: "❌", error: "⚠️" } as const;

/** The same as GitHub-flavoured Markdown; those that were left alone are counted. */
export function watchMarkdown(
  pulls: readonly WatchedPull[],
  branch: string,
  pullUrl: (number: number) => string,
): string {
  const rows = pulls.flatMap(({ number, state, description, untold }) =>
    state === "left-alone"
      ? []
      : [
          `<tr><td>${summaryMarks[state]}</td><td><a href="${pullUrl(number)}">${number}</a></td><td>${prose(description)}${untold === undefined ? "" : ` <b>Not told:</b> ${prose(untold)}`}</td></tr>`,
        ],
  );
  const numbers = new Set(pulls.map(({ number }) => number));
  const alone = pulls.filter(({ state }) => state === "left-alone").length;
  return `${[
    "### Headgate: open pull requests",
    `<p>Into ${code(branch)}, as it is now.</p>`,
    ...(rows.length === 0 ? [] : [["<table>", ...rows, "</table>"].join("\n")]),
    `<p>${alone} of ${numbers.size} open pull requests change no migration, or are newer than this, and were left alone.</p>`,
  ].join("\n\n")}\n`;
}
