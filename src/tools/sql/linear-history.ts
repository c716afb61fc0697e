import { ConfigurationError } from "../../errors.ts";
import type { Files } from "../../files.ts";
import type { DowngradeDeclaration, History, HistoryProblem } from "../../history.ts";
import { hasStatement } from "../../sql/scan-statements.ts";

/** A revision as a layout finds it, before it knows its neighbours. */
export interface Entry {
  readonly id: string;
  readonly file: string;
  readonly downFile?: string;
  readonly title?: string;
  readonly downgrade: DowngradeDeclaration;
}

/**
 * A linear history of entries that are already in the order the tool runs them. Of several with one id the first stays,
 * and a problem names them all.
 */
export function linearHistory(entries: readonly Entry[], problems: readonly HistoryProblem[] = []): History {
  const byId = Map.groupBy(entries, ({ id }) => id);
  const unique = [...byId.values()].map(([first]) => first as Entry);
  return {
    shape: "linear",
    revisions: unique.map((entry, index) => ({
      ...entry,
      downRevisions: unique.slice(index - 1, index).map(({ id }) => id),
      dependsOn: [],
      branchLabels: [],
    })),
    problems: [...problems, ...[...byId.values()].filter(({ length }) => length > 1).map(duplicate)],
  };
}

function duplicate(entries: readonly Entry[]): HistoryProblem {
  const ups = [...new Set(entries.map(({ file }) => file))];
  // With one file for the way up, it is the ways down that are several.
  const files = ups.length > 1 ? ups : [...new Set(entries.map(({ file, downFile }) => downFile ?? file))];
  const id = entries[0]?.id ?? "";
  const message = `${files.join(" and ")} have the same version, ${id}.`;
  const twins = entries.map(({ file, downFile }) => ({ file, ...(downFile === undefined ? {} : { downFile }) }));
  return { kind: "duplicate", message, files, revisions: [id], twins };
}

/** Files that look like migrations and that the tool passes over, each a problem of its own. */
export function ignoredFiles(files: readonly string[], reason: string): readonly HistoryProblem[] {
  return files.map((file) => ({
    kind: "ignored",
    message: `${file} is never run: ${reason}.`,
    files: [file],
    revisions: [],
  }));
}

/**
 * An entry whose file holds its way back too, and the problem where its tool would refuse that file.
 * @param goesBack whether the file has a way back; may throw what is told then
 */
export function withWayBack(
  entry: Omit<Entry, "downgrade">,
  goesBack: () => boolean,
): { readonly entry: Entry; readonly problems: readonly HistoryProblem[] } {
  try {
    return { entry: { ...entry, downgrade: goesBack() ? "present" : "absent" }, problems: [] };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const problem = { kind: "unreadable", message: error.message, files: [entry.file], revisions: [entry.id] } as const;
    return { entry: { ...entry, downgrade: "absent" }, problems: [problem] };
  }
}

/** Whether a file of its own gives a way back: one that is missing, or holds no statement, does not. */
export function downgradeOf(files: Files, downFile: string | undefined): DowngradeDeclaration {
  if (downFile === undefined) return "absent";
  try {
    return hasStatement(files.text(downFile)) ? "present" : "absent";
  } catch (error) {
    // Not text: running it will say so.
    if (error instanceof ConfigurationError) return "present";
    throw error;
  }
}

/** Order by whole number, however many digits it has. Both must be digits only. */
export function compareNumbers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Order by UTF-16 code unit, as file listings have it. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
