import { hasStatement } from "../../sql/scan-statements.ts";

/** What tools write into the comment that begins a way back, beside the word for it. */
const besides = new Set(["migrate", "migration", "migrations", "micrate", "rambler", "section", "script"]);

/**
 * Where a file's way back begins, as tools and people mark it: a comment of `down`, `undo` or `rollback` and little else,
 * with statements before and after it. Such a file sent whole would undo what it does.
 */
export function wayBackMark(text: string): { readonly line: number; readonly mark: string } | undefined {
  const lines = text.split("\n");
  const index = lines.findIndex(
    (line, at) =>
      isMark(line) && hasStatement(lines.slice(0, at).join("\n")) && hasStatement(lines.slice(at + 1).join("\n")),
  );
  return index === -1 ? undefined : { line: index + 1, mark: (lines[index] as string).trim() };
}

function isMark(line: string): boolean {
  const comment = /^\s*--(.*)$/.exec(line)?.[1];
  if (comment === undefined) return false;
  const words = comment.toLowerCase().match(/\w+/g) ?? [];
  const rest = words.filter((word) => !besides.has(word));
  return rest.length === 1 && /^(?:down|undo|rollback)$/.test(rest[0] as string);
}
