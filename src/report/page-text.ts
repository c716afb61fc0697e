import wrapAnsi from "wrap-ansi";
import { paint, type TextOptions } from "./text.ts";

/** A page written in Markdown, for a terminal: code moved in, lines broken between words, links spelled out. */
export function pageText(markdown: string, options: TextOptions): string {
  const width = Math.max(40, Math.min(options.width, 100));
  let isCode = false;
  return markdown
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("```")) {
        isCode = !isCode;
        return [];
      }
      if (isCode) return [`    ${line}`.trimEnd()];
      const heading = /^#+ (.*)/.exec(line)?.[1];
      if (heading !== undefined) return [paint("bold", heading, options)];
      return broken(line.replaceAll(/\[([^\]]*)\]\(([^)]*)\)/g, "$1 ($2)"), width);
    })
    .join("\n");
}

function broken(line: string, width: number): readonly string[] {
  if (line.startsWith("|")) return [line];
  const indent = line.startsWith("- ") ? "  " : "";
  const [first = "", ...rest] = wrapAnsi(line, width - indent.length).split("\n");
  return [first, ...rest.map((part) => indent + part)];
}
