import { posix } from "node:path";
import { ConfigurationError } from "../errors.ts";
import type { Revision } from "../history.ts";
import type { Tool } from "../tools/tool.ts";
import { optional } from "../optional.ts";
import { type HistoryVersion, textOf } from "./changed-migrations.ts";
import { unifiedDifference } from "./unified-difference.ts";

/** A migration whose file is as it was, and that loads others which are not. */
export interface ImportingMigration {
  readonly revision: Revision;
  /** Relative to the repository root, in code-unit order. */
  readonly changed: readonly string[];
  /** Those of them that the earlier tree does not have. */
  readonly added: readonly string[];
  /** Those of them that the later tree does not have. Whether the migration used them, its run with the earlier tree says. */
  readonly removed: readonly string[];
  /** What changed in the first of them; absent where it would be too long. */
  readonly difference?: string;
}

/** The files that a file loads: those that it imports, and those in turn, without itself. */
export function importedBy(file: string, imports: Readonly<Record<string, readonly string[]>>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [file];
  for (const one of waiting)
    for (const imported of imports[one] ?? [])
      if (imported !== file && !found.has(imported)) {
        found.add(imported);
        waiting.push(imported);
      }
  return found;
}

/** Whether a file holds code that migrations import, and not what they read. */
export const isProgram = (file: string): boolean => /\.(?:py|[cm]?[jt]sx?)$/.test(file);

/** What a later tree says of what its migrations load, and may have loaded. */
interface Lacking {
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly removed: readonly string[];
}

/** Those of the files in whose folder a migration may look: it names the folder, or loads another file of it. */
function lookedFor(
  lacking: readonly string[],
  file: string,
  used: ReadonlySet<string>,
  { files }: HistoryVersion,
): readonly string[] {
  const texts = [file, ...used].map((one) => textOf(files, one) ?? "");
  const named = new Set(texts.flatMap((text) => text.split(/["'`/\\]/)));
  const folders = new Set([...used].map((one) => posix.dirname(one)));
  return lacking.filter((one) => {
    const folder = posix.dirname(one);
    return folders.has(folder) || (folder !== "." && named.has(posix.basename(folder)));
  });
}

/**
 * The migrations of an earlier history that load something which a later tree has otherwise. What differs in comments and
 * layout alone, and migrations, which are judged for themselves, do not count.
 * @param now `imports`: of the later tree, for each file those that it imports; `removed`: what the later tree lacks and
 * no program is
 */
export function importingMigrations(
  earlier: HistoryVersion,
  later: HistoryVersion,
  { imports, removed: lacking }: Lacking,
  tool: Tool,
): readonly ImportingMigration[] {
  const isOld = new Set(earlier.history.revisions.map(({ id }) => id));
  const isMigration = new Set(later.history.revisions.map(({ file }) => file));
  const code = (version: HistoryVersion, revision: Revision, file: string): string | undefined => {
    try {
      return tool.code(version.files, version.project, { ...revision, file })?.all;
    } catch (error) {
      if (error instanceof ConfigurationError) return undefined;
      throw error;
    }
  };
  const known = new Map<string, boolean>();
  const isChanged = (file: string, revision: Revision): boolean => {
    const [was, is] = [textOf(earlier.files, file), textOf(later.files, file)];
    if (was === is) return false;
    if (was === undefined || is === undefined) return true;
    const [old, young] = [code(earlier, revision, file), code(later, revision, file)];
    return old === undefined || old !== young;
  };
  return later.history.revisions.flatMap((revision): ImportingMigration[] => {
    if (!isOld.has(revision.id)) return [];
    const used = importedBy(revision.file, imports);
    const edited = [...used].filter((file) => {
      if (isMigration.has(file)) return false;
      const found = known.get(file) ?? isChanged(file, revision);
      known.set(file, found);
      return found;
    });
    const removed = lacking.length === 0 ? [] : lookedFor(lacking, revision.file, used, later);
    const changed = [...edited, ...removed].toSorted();
    const [first] = changed;
    if (first === undefined) return [];
    const difference = unifiedDifference(first, textOf(earlier.files, first), textOf(later.files, first));
    const added = changed.filter((file) => !earlier.files.exists(file));
    return [{ revision, changed, added, removed, ...optional("difference", difference) }];
  });
}
