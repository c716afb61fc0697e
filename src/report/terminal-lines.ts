import { styleText } from "node:util";
import wrapAnsi from "wrap-ansi";
import { toolCode } from "./markup.ts";

/** How wide the terminal is, and whether it shows colours. */
export interface TextOptions {
  /** In columns. */
  readonly width: number;
  readonly color: boolean;
}

/** As `styleText` of Node takes it. */
export type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the terminal shows colours. */
export const paint = (style: Style, text: string, { color }: TextOptions): string =>
  color ? styleText(style, text, { validateStream: false }) : text;

/** In how many columns text is set. */
export const columns = ({ width }: TextOptions): number => Math.max(40, Math.min(width, 120));

/** A line broken to the width, its parts under each other. */
export const wrapped = (line: string, options: TextOptions): string =>
  wrapAnsi(line, columns(options), { hard: true, trim: false });

/** Lines broken between words, never in one, each as far in as its text begins. */
export const brokenLines = (text: string, options: TextOptions): string =>
  text
    .split("\n")
    .flatMap((line) => {
      const begin = /^\s*(?:- )?/.exec(line)?.[0] ?? "";
      const parts = wrapAnsi(line.slice(begin.length), columns(options) - begin.length).split("\n");
      return parts.map((part, at) => (at === 0 ? begin : " ".repeat(begin.length)) + part);
    })
    .join("\n");

/** Text broken to the width and moved in; the parts of a broken list item stay under its text. */
export function indented(text: string, indent: number, options: TextOptions): string {
  const width = columns(options) - indent;
  let isProgram = false;
  return text
    .split("\n")
    .flatMap((line) => {
      // A program's lines are not broken: they would mean something else.
      if (isProgram) return [line];
      isProgram = toolCode.test(line);
      const own = /^(- |\s+)/.exec(line)?.[0].length ?? 0;
      const [first, ...rest] = isSql.test(line)
        ? brokenSql(line, width - own)
        : wrapAnsi(line, width - own, { hard: true, trim: false }).split("\n");
      return [first, ...rest.map((part) => " ".repeat(own) + part.trimStart())];
    })
    .map((line) => (" ".repeat(indent) + line).trimEnd())
    .join("\n");
}

/** Ours begins in capitals. */
const isSql = /^\s*[A-Z]{2,}\s/;

/** SQL broken where it means the same afterwards: not in a name or a string, however long. */
function brokenSql(line: string, width: number): readonly string[] {
  const lines: string[] = [/^\s*/.exec(line)?.[0] ?? ""];
  for (const word of line.match(/(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|\S)+/g) ?? []) {
    const last = lines.at(-1) as string;
    const isEmpty = last.trim() === "";
    if (isEmpty || last.length + 1 + word.length <= width) lines[lines.length - 1] = last + (isEmpty ? "" : " ") + word;
    else lines.push(word);
  }
  return lines;
}
