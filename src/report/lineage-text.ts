import type { History } from "../history.ts";
import type { LineageReport } from "../verdict.ts";
import { condenseLineage, type LineageNode } from "./condensed-lineage.ts";

/** More lanes beside each other than this say nothing any more, and leave no room for the words. */
const laneLimit = 10;
const defaultLimit = 200;

/**
 * The lineage as text, newest first, with its branches drawn in ASCII characters beside it. Long linear stretches are one line.
 * @param options.width columns to keep to (80 by default)
 * @param options.limit how many lines of revisions at most (200 by default); the newest are shown
 */
export function lineageText(
  history: History,
  lineage: LineageReport,
  { width = 80, limit = defaultLimit }: { readonly width?: number; readonly limit?: number } = {},
): string {
  const nodes = condenseLineage(history, lineage, limit);
  const words = nodeWords(history, lineage);
  const lines: string[] = [];
  /** The node that each lane leads down to; a free lane leads nowhere. */
  let lanes: (number | undefined)[] = [];
  const print = (graph: string, text: string): void => {
    lines.push(fit(text === "" ? graph : `${graph} ${text}`, width));
  };
  const first = Math.max(0, nodes.length - limit);
  for (let index = nodes.length - 1; index >= first; index--) {
    const node = nodes[index] as LineageNode;
    const waiting = lanes.flatMap((target, lane) => (target === index ? [lane] : []));
    const lane = waiting[0] ?? freeLane(lanes);
    if (waiting.length > 1) print(bridge(lanes, lane, waiting.slice(1), "'"), "");
    for (const joined of waiting.slice(1)) lanes[joined] = undefined;
    lanes[lane] = index;
    lanes = withoutFreeEnd(lanes);
    const sign = node.revisions.length > 1 ? ":" : "*";
    print(draw(lanes, lane, sign), words(node));

    const [parent, ...others] = node.parents.filter((id) => id >= first);
    lanes[lane] = parent;
    const opened = others.map((other) => {
      const free = freeLane(lanes, lane);
      lanes[free] = other;
      return free;
    });
    if (opened.length > 0) print(bridge(lanes, lane, opened, "."), "");
    lanes = withoutFreeEnd(lanes);
  }
  const older = nodes.slice(0, first).reduce((sum, { revisions }) => sum + revisions.length, 0);
  if (older > 0) print(":", `${older} earlier revisions`);
  return `${lines.join("\n")}\n`;
}

function nodeWords(history: History, lineage: LineageReport): (node: LineageNode) => string {
  const [heads, bases, branches, merges, fresh] = [
    lineage.heads,
    history.shape === "graph" ? lineage.bases : [],
    lineage.branchPoints,
    lineage.mergePoints,
    lineage.new,
  ].map((ids) => new Set(ids)) as [Set<string>, Set<string>, Set<string>, Set<string>, Set<string>];
  return ({ revisions }) => {
    const [revision] = revisions;
    const { id, title, dependsOn } = revision;
    if (revisions.length > 1)
      return `${revisions.length} revisions, ${printable(id)} to ${printable(revisions.at(-1)?.id ?? "")}`;
    const marks = [
      heads.has(id) ? "head" : "",
      fresh.has(id) ? "new" : "",
      merges.has(id) ? "merge" : "",
      branches.has(id) ? "branch point" : "",
      bases.has(id) ? "base" : "",
      dependsOn.length > 0 ? `depends on ${dependsOn.map(printable).join(", ")}` : "",
    ].filter(Boolean);
    const marked = marks.length > 0 ? ` (${marks.join(", ")})` : "";
    return `${printable(id)}${marked}${title && title !== id ? ` ${printable(title)}` : ""}`;
  };
}

function freeLane(lanes: readonly (number | undefined)[], after = -1): number {
  const free = lanes.findIndex((target, lane) => target === undefined && lane > after);
  return free === -1 ? Math.max(lanes.length, after + 1) : free;
}

function withoutFreeEnd(lanes: readonly (number | undefined)[]): (number | undefined)[] {
  return lanes.slice(0, lanes.findLastIndex((target) => target !== undefined) + 1);
}

function draw(lanes: readonly (number | undefined)[], own: number, sign: string): string {
  if (lanes.length > laneLimit) return sign;
  return Array.from(lanes, (target, lane) => (lane === own ? sign : target === undefined ? " " : "|")).join(" ");
}

/** A line between two revisions in which lanes join one (`'`) or leave it (`.`); lanes that it crosses are `+`. */
function bridge(lanes: readonly (number | undefined)[], from: number, to: readonly number[], end: string): string {
  if (lanes.length > laneLimit) return "|";
  const last = Math.max(...to);
  let line = "";
  for (let lane = 0; lane < Math.max(lanes.length, last + 1); lane++) {
    const isPassed = lane > from && lane < last;
    const own =
      lane === from
        ? "|"
        : to.includes(lane)
          ? end
          : lanes[lane] === undefined
            ? isPassed
              ? "-"
              : " "
            : isPassed
              ? "+"
              : "|";
    line += own + (lane >= from && lane < last ? "-" : " ");
  }
  return line.trimEnd();
}

/** Control characters and those that change the direction of writing, which a terminal would obey, are shown by their number. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** Cuts a line to a number of columns; ideographs and emoji take two. */
function fit(line: string, width: number): string {
  let columns = 0;
  let kept = "";
  let room = "";
  for (const character of line) {
    columns +=
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u.test(
        character,
      )
        ? 2
        : 1;
    if (columns <= width - 1) room = `${kept}${character}`;
    if (columns > width) return `${room}…`;
    kept += character;
  }
  return kept;
}
