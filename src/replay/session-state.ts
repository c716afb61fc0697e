import { parseTrees } from "../sql/parser.ts";

/** Words without which no statement changes a session for good. */
const suspects = /\b(?:set|reset|discard|set_config)\b/i;

/** In code, and in calls of functions, the words are all that can be seen. */
const opaque = new Set(["DoStmt", "CallStmt", "ExecuteStmt"]);

/**
 * Whether a statement may leave its session other than it found it, so that what follows in the same session is not what
 * would follow in a new one. When in doubt: yes.
 * @throws Error when `loadParser` was not awaited before
 */
export function changesSession(sql: string): boolean {
  if (!suspects.test(sql)) return false;
  if (/\bset_config\b/i.test(sql)) return true;
  const parsed = parseTrees(sql);
  if (parsed.kind !== "parsed") return true;
  return parsed.statements.some(({ node }) => {
    const [kind = "", body] = Object.entries(node)[0] ?? [];
    if (kind === "DiscardStmt" || opaque.has(kind)) return true;
    if (kind !== "VariableSetStmt") return false;
    const { is_local: local, name } = body as { readonly is_local?: boolean; readonly name?: string };
    return local !== true && name !== "TRANSACTION";
  });
}
