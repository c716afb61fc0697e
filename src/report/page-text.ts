import { brokenLines, paint, type TextOptions } from "./terminal-lines.ts";

/** A page written in Markdown, for a terminal: code moved in, lines broken between words, links spelled out. */
export function pageText(markdown: string, options: TextOptions): string {
  const width = Math.min(options.width, 100);
  let isCode = false;
  const lines = markdown.split("\n");
  return lines
    .flatMap((line, at) => {
      if (line.startsWith("```")) {
        isCode = !isCode;
        return [];
      }
      if (isCode) return [`    ${line}`.trimEnd()];
      if (isRow(line)) return isRow(lines[at - 1]) ? [] : tableLines(lines.slice(at));
      const heading = /^#+ (.*)/.exec(line)?.[1];
      if (heading !== undefined) return [paint("bold", heading, options)];
      return brokenLines(line.replaceAll(/\[([^\]]*)\]\(([^)]*)\)/g, "$1 ($2)"), { ...options, width });
    })
    .join("\n");
}

const isRow = (line: string | undefined): boolean => line?.startsWith("|") ?? false;

/** The table that begins here, its columns under each other; what is empty is a dash. */
function tableLines(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line) => !isRow(line));
  const rows = lines
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => !/^[|-]+$/.test(line))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim() || "–"));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => `    ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}
