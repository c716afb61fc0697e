import { createTwoFilesPatch } from "diff";

/** More edits than this are no small difference any more, and finding the fewest of them takes long. */
const mostEdits = 500;
const longestText = 500_000;
/** In lines. */
const longestDifference = 60;
/** In characters. */
const longestLine = 300;

/**
 * What changed between two versions of a file, as a unified difference of a few lines; `undefined` where that would be the
 * whole file twice. A missing version counts as empty.
 */
export function unifiedDifference(
  path: string,
  before: string | undefined,
  after: string | undefined,
): string | undefined {
  if ((before ?? "").length > longestText || (after ?? "").length > longestText) return undefined;
  const patch = createTwoFilesPatch(
    before === undefined ? "/dev/null" : `a/${path}`,
    after === undefined ? "/dev/null" : `b/${path}`,
    before ?? "",
    after ?? "",
    undefined,
    undefined,
    { context: 2, maxEditLength: mostEdits, stripTrailingCr: true },
  );
  if (patch === undefined) return undefined;
  const lines = patch
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
  const left = lines.length - longestDifference;
  // One line more is no reason to cut.
  return left > 1 ? [...lines.slice(0, longestDifference), `… ${left} more lines`].join("\n") : lines.join("\n");
}
