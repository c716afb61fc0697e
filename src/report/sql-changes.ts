import { diffArrays, type ChangeObject } from "diff";
import { formatSql } from "../sql/format-sql.ts";
import type { Block } from "./fit.ts";
import { code, fence } from "./markup.ts";
import { plainText } from "./plain-text.ts";
import { digestOf, digested, type RememberedRevision, type RememberedSql } from "./remembered-sql.ts";

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
      const changes = diffArrays([...earlier[way]], [...own[way]]);
      if (!changes.some(({ added, removed }) => added || removed)) return [];
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

function shown(
  changes: readonly ChangeObject<string[]>[],
  kind: RememberedSql["kind"],
  texts: readonly string[],
): readonly string[] {
  const textOf = new Map(kind === "digest" ? texts.map((text) => [digestOf(text), text]) : []);
  return changes.flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    return value.flatMap((statement) => {
      if (kind === "digest" && removed) return ["- (one statement that was too long to keep)"];
      return formatSql(plainText(textOf.get(statement) ?? statement).trim())
        .split("\n")
        .map((line) => `${added ? "+" : "-"} ${line}`);
    });
  });
}
