import type { Finding } from "../finding.ts";
import { plainText } from "./plain-text.ts";

/** How an excerpt is drawn. */
export interface ExcerptStyle {
  /** In columns. */
  readonly width: number;
  readonly dim: (text: string) => string;
  readonly mark: (text: string) => string;
}

/** Longer statements are cut: the place says where the rest is. */
const longestExcerpt = 4;

/**
 * The statement of a finding, underlined where it is one line, with the numbers of its lines where these are those of the file.
 * Lines that are too long for the terminal are cut, not broken.
 */
export function excerpt({ file, line, statement }: Finding, { width, dim, mark }: ExcerptStyle): readonly string[] {
  if (!statement) return [];
  // A program's own lines are not those of the SQL that it sends.
  const first = line !== undefined && !/\.(?:py|[cm]?[jt]sx?)$/i.test(file ?? "") ? line : undefined;
  const lines = plainText(statement).replaceAll("\t", "  ").split("\n");
  const shown = lines.slice(0, longestExcerpt);
  const gutter = first === undefined ? 0 : String(first + shown.length - 1).length;
  const bar = (number: number | undefined): string => dim(`${String(number ?? "").padStart(gutter)} │`);
  const room = Math.max(10, width - gutter - 3);
  const rest = lines.length - shown.length;
  return [
    ...shown.flatMap((text, index) => {
      const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
      const number = first === undefined ? undefined : first + index;
      return [
        `${bar(number)} ${cut}`.trimEnd(),
        ...(lines.length > 1 ? [] : [`${bar(undefined)} ${mark("~".repeat(cut.length))}`]),
      ];
    }),
    ...(rest > 0 ? [`${bar(undefined)} ${dim(`… ${rest} more ${rest === 1 ? "line" : "lines"}`)}`] : []),
  ];
}
