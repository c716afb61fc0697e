import { parseTrees } from "../sql/parser.ts";

/** Words without which no statement changes a session's settings for good. */
const suspects = /\b(?:set|reset|discard|set_config)\b/i;

/** What else a session keeps until it ends: temporary objects, its locks, what it listens to or has prepared. */
const kept =
  /\b(?:temp|temporary|pg_temp\w*|listen|prepare|with\s+hold|load|setseed|pg_(?:try_)?advisory_lock(?:_shared)?)\b/i;

/** In code, and in calls of functions, the words are all that can be seen. */
const opaque = new Set(["DoStmt", "CallStmt", "ExecuteStmt"]);

/** What a new session begins with is another then, and the one that goes on keeps what it had. */
const forNewSessions = new Set(["AlterRoleSetStmt", "AlterDatabaseSetStmt"]);

/**
 * Whether a statement may leave its session other than it found it, so that what follows in the same session is not what
 * would follow in a new one. When in doubt: yes.
 * @throws Error when `loadParser` was not awaited before
 */
export function changesSession(sql: string): boolean {
  if (kept.test(sql)) return true;
  if (!suspects.test(sql)) return false;
  if (/\bset_config\b/i.test(sql)) return true;
  const parsed = parseTrees(sql);
  if (parsed.kind !== "parsed") return true;
  return parsed.statements.some(({ node }) => {
    const [kind = "", body] = Object.entries(node)[0] ?? [];
    if (kind === "DiscardStmt") return (body as { readonly target?: string }).target !== "DISCARD_ALL";
    if (opaque.has(kind) || forNewSessions.has(kind)) return true;
    if (kind !== "VariableSetStmt") return false;
    const { is_local: local, name } = body as { readonly is_local?: boolean; readonly name?: string };
    // A setting with a dot in its name, which nobody had heard of, is there and empty when its transaction has ended.
    return name?.includes(".") === true || (local !== true && name !== "TRANSACTION");
  });
}
