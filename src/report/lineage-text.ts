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
  const first = Math.max(0, nodes.length - limit);
  const rows = [...draw(nodes, first)];
  const isNarrow = rows.every(({ lanes }) => lanes <= laneLimit);
  const words = nodeWords(history, lineage);
  const lines = rows.flatMap(({ graph, node }) => {
    if (node === undefined) return isNarrow ? [graph] : [];
    const text = node === older ? earlier(nodes.slice(0, first)) : words(nodes[node] as LineageNode);
    return [`${isNarrow ? graph : graph.replace(/[| ]/g, "")} ${text}`];
  });
  return lines.map((line) => `${fit(line, width)}\n`).join("");
}

/** Stands for everything before the nodes that are shown. */
const older = -1;

const earlier = (nodes: readonly LineageNode[]): string => {
  const count = nodes.reduce((sum, { revisions }) => sum + revisions.length, 0);
  return `${count} earlier ${count === 1 ? "revision" : "revisions"}`;
};

/** One line of the drawing: of a node, or only of lanes that join or part. */
interface Row {
  readonly graph: string;
  readonly node?: number;
  readonly lanes: number;
}

/** The node that each lane leads down to; a free lane leads nowhere. */
type Lanes = readonly (number | undefined)[];

function* draw(nodes: readonly LineageNode[], first: number): Generator<Row> {
  let lanes: (number | undefined)[] = [];
  const last = first > 0 ? older : 0;
  for (let next = nodes.length - 1; next >= last; next--) {
    // What is not shown is drawn as one node below all that is.
    const node = next < first ? older : next;
    const waiting = lanes.flatMap((target, lane) => (target === node ? [lane] : []));
    const lane = waiting[0] ?? freeLane(lanes);
    if (waiting.length > 1) yield { graph: bridge(lanes, lane, waiting.slice(1), "'"), lanes: lanes.length };
    for (const joined of waiting.slice(1)) lanes[joined] = undefined;
    lanes[lane] = node;
    lanes = withoutFreeEnd(lanes);
    const isStretch = node === older || (nodes[node] as LineageNode).revisions.length > 1;
    yield { graph: nodeLine(lanes, lane, isStretch ? ":" : "*"), node, lanes: lanes.length };
    if (node === older) return;

    const parents = (nodes[node] as LineageNode).parents.map((parent) => (parent < first ? older : parent));
    const [parent, ...others] = new Set(parents);
    lanes[lane] = parent;
    const opened = others.map((other) => {
      const free = freeLane(lanes, lane);
      lanes[free] = other;
      return free;
    });
    if (opened.length > 0) yield { graph: bridge(lanes, lane, opened, "."), lanes: lanes.length };
    lanes = withoutFreeEnd(lanes);
  }
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

function freeLane(lanes: Lanes, after = -1): number {
  const free = lanes.findIndex((target, lane) => target === undefined && lane > after);
  return free === -1 ? Math.max(lanes.length, after + 1) : free;
}

const withoutFreeEnd = (lanes: Lanes): (number | undefined)[] =>
  lanes.slice(0, lanes.findLastIndex((target) => target !== undefined) + 1);

const nodeLine = (lanes: Lanes, own: number, sign: string): string =>
  Array.from(lanes, (target, lane) => (lane === own ? sign : target === undefined ? " " : "|")).join(" ");

/** A line between two revisions in which lanes join one (`'`) or leave it (`.`); lanes that it crosses are `+`. */
function bridge(lanes: Lanes, from: number, to: readonly number[], end: string): string {
  const last = Math.max(...to);
  let line = "";
  for (let lane = 0; lane < Math.max(lanes.length, last + 1); lane++) {
    const isPassed = lane > from && lane < last;
    const isTaken = lanes[lane] !== undefined;
    const crossing = isPassed ? (isTaken ? "+" : "-") : isTaken ? "|" : " ";
    const own = lane === from ? "|" : to.includes(lane) ? end : crossing;
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
