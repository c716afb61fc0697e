import { formatSql } from "../sql/format-sql.ts";
import type { Block } from "./fit.ts";
import { code, fence } from "./markup.ts";
import { plainText } from "./plain-text.ts";
import { digestOf, digested, type RememberedRevision, type RememberedSql } from "./remembered-sql.ts";

/** What a push did to one list of statements. */
interface Change {
  readonly kind: "same" | "added" | "removed";
  readonly statement: string;
}

/**
 * What changed in the SQL since an earlier commit, a block for each revision that it concerns; nothing where nothing did.
 * @param limit of one block, in characters
 */
export function sqlChanges(before: RememberedSql, now: RememberedSql, limit: number): readonly Block[] {
  const keyOf = ({ project, id }: RememberedRevision) => JSON.stringify([project, id]);
  const old = new Map(before.revisions.map((revision) => [keyOf(revision), revision]));
  const fresh = new Set(now.revisions.map(keyOf));
  const comparable = before.kind === "text" ? now : digested(now);
  const blocks = now.revisions.flatMap((revision, index) => {
    const earlier = old.get(keyOf(revision));
    if (earlier === undefined) return [`<p>🆕 ${code(revision.id)} is new since then.</p>`];
    const own = comparable.revisions[index] ?? revision;
    const lines = (["up", "down"] as const).flatMap((way) => {
      const changes = compare(earlier[way], own[way]);
      if (changes.every(({ kind }) => kind === "same")) return [];
      return [`# ${way}`, ...shown(changes, before.kind, revision[way])];
    });
    if (lines.length === 0) return [];
    const text = lines.join("\n");
    const cut = text.length > limit ? `${text.slice(0, limit)}\n# cut: ${text.length - limit} more characters` : text;
    return [`<p>${code(revision.id)}</p>\n\n${fence(cut, "diff")}`];
  });
  const gone = before.revisions.filter((revision) => !fresh.has(keyOf(revision)));
  return [...blocks, ...gone.map(({ id }) => `<p>🗑️ ${code(id)} is gone since then.</p>`)].map((text) => ({
    text,
    priority: 3,
  }));
}

function shown(changes: readonly Change[], kind: RememberedSql["kind"], texts: readonly string[]): readonly string[] {
  const textOf = new Map(kind === "digest" ? texts.map((text) => [digestOf(text), text]) : []);
  return changes.flatMap(({ kind: change, statement }) => {
    if (change === "same") return [];
    const sign = change === "added" ? "+" : "-";
    if (kind === "digest" && change === "removed") return ["- (one statement that was too long to keep)"];
    return formatSql(plainText(textOf.get(statement) ?? statement).trim())
      .split("\n")
      .map((line) => `${sign} ${line}`);
  });
}

/** Beyond this many statements on a side their order is not looked at. */
const ordered = 400;

/** The difference of two lists by their longest common subsequence. */
function compare(before: readonly string[], now: readonly string[]): readonly Change[] {
  if (before.length > ordered || now.length > ordered) {
    const [old, fresh] = [new Set(before), new Set(now)];
    return [
      ...before
        .filter((statement) => !fresh.has(statement))
        .map((statement) => ({ kind: "removed", statement }) as const),
      ...now.filter((statement) => !old.has(statement)).map((statement) => ({ kind: "added", statement }) as const),
    ];
  }
  const common: number[][] = Array.from({ length: before.length + 1 }, () => Array<number>(now.length + 1).fill(0));
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = now.length - 1; column >= 0; column--)
      (common[row] as number[])[column] =
        before[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const changes: Change[] = [];
  for (let row = 0, column = 0; row < before.length || column < now.length;) {
    const [old, fresh] = [before[row], now[column]];
    if (old !== undefined && old === fresh) {
      changes.push({ kind: "same", statement: old });
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      changes.push({ kind: "removed", statement: old });
      row++;
    } else {
      changes.push({ kind: "added", statement: fresh as string });
      column++;
    }
  }
  return changes;
}
