import { ConfigurationError } from "../errors.ts";
import { type Files, looseText } from "../files.ts";
import type { History, Revision } from "../history.ts";
import type { Project } from "../project.ts";
import type { RevisionCode, Tool } from "../tools/tool.ts";
import { unifiedDifference } from "./unified-difference.ts";

/** A history, the files it was read from, and as whose. */
export interface HistoryVersion {
  readonly history: History;
  readonly files: Files;
  readonly project: Project;
}

/** A migration whose files are not what they were. */
export interface DifferingMigration {
  readonly before: Revision;
  /** Absent: nothing has its id any more. */
  readonly after?: Revision;
}

/** What became of a migration. */
export interface MigrationChange extends DifferingMigration {
  readonly kind:
    /** It does something else. */
    | "edited"
    /** Only comments and layout differ. */
    | "comments"
    /** Only the way back differs. */
    | "downgrade"
    /** The same file, which the tool's version table knows by something else. */
    | "recorded"
    /** The same, under another id, or under another name that the tool compares. */
    | "renamed"
    /** Nothing does what it did. */
    | "deleted";
  /** Unified; absent where it would be too long. */
  readonly difference?: string;
}

/**
 * The migrations of an earlier history whose files differ in a later one. A file that only moved or has another name, with its
 * id kept, does not differ.
 */
export function differingMigrations(
  earlier: HistoryVersion,
  later: HistoryVersion,
  comparesTitle = false,
): readonly DifferingMigration[] {
  const byId = new Map(later.history.revisions.map((revision) => [revision.id, revision]));
  const byRecord = new Map(later.history.revisions.map((revision) => [revision.recordedAs, revision]));
  const known = earlier.history.revisions.flatMap((before): DifferingMigration[] => {
    const recorded = before.recordedAs === undefined ? undefined : byRecord.get(before.recordedAs);
    const after = recorded ?? byId.get(before.id);
    if (after === undefined) return [{ before }];
    const isSame =
      contentOf(earlier.files, before) === contentOf(later.files, after) && before.recordedAs === after.recordedAs;
    return isSame && !(comparesTitle && before.title !== after.title) ? [] : [{ before, after }];
  });
  const unread = unreadFiles(earlier.history).flatMap((before): DifferingMigration[] => {
    const content = contentOf(earlier.files, before);
    // Running the tool may have told the id that reading the text could not.
    const after = later.history.revisions.find(({ file }) => file === before.file) ?? before;
    if (later.files.exists(before.file)) return content === contentOf(later.files, before) ? [] : [{ before, after }];
    return later.history.revisions.some(({ file }) => bytes(later.files, file) === bytes(earlier.files, before.file))
      ? []
      : [{ before }];
  });
  return [...known, ...unread];
}

/** What became of migrations that differ, shown `withoutSecrets`. For SQL, `loadParser` must have been awaited. */
export function changesOf(
  differing: readonly DifferingMigration[],
  earlier: HistoryVersion,
  later: HistoryVersion,
  tool: Tool,
  withoutSecrets: (text: string) => string,
): readonly MigrationChange[] {
  const ids = new Set(earlier.history.revisions.map(({ id }) => id));
  const added = later.history.revisions.filter(({ id }) => !ids.has(id));
  const unclaimed = new Set(added);
  const code = ({ files, project }: HistoryVersion, revision: Revision): RevisionCode | undefined => {
    try {
      return tool.code(files, project, revision);
    } catch (error) {
      if (error instanceof ConfigurationError) return undefined;
      throw error;
    }
  };
  const addedByContent = Map.groupBy(added, (revision) => contentOf(later.files, revision));
  const addedByCode = Map.groupBy(
    differing.some(({ after }) => after === undefined) ? added : [],
    (revision) => code(later, revision)?.up,
  );
  return differing.map(({ before, after }): MigrationChange => {
    const was = code(earlier, before);
    if (after !== undefined && contentOf(earlier.files, before) === contentOf(later.files, after))
      return { kind: before.recordedAs === after.recordedAs ? "renamed" : "recorded", before, after };
    if (after !== undefined) {
      const is = code(later, after);
      const isKnown = was !== undefined && is !== undefined;
      const kind = isKnown && was.all === is.all ? "comments" : isKnown && was.up === is.up ? "downgrade" : "edited";
      return { kind, before, after, ...difference(earlier, before, later, after, withoutSecrets) };
    }
    const same = [
      ...(addedByContent.get(contentOf(earlier.files, before)) ?? []),
      ...(was === undefined ? [] : (addedByCode.get(was.up) ?? [])),
    ];
    const renamed = same.find((revision) => unclaimed.has(revision));
    if (renamed === undefined) return { kind: "deleted", before };
    unclaimed.delete(renamed);
    return { kind: "renamed", before, after: renamed };
  });
}

/** Files in which no revision could be read; their paths speak for them. */
function unreadFiles({ problems, revisions }: History): readonly Revision[] {
  const read = new Set(revisions.flatMap(pathsOf));
  return problems
    .filter(({ kind }) => kind === "unreadable")
    .flatMap(({ files }) => files)
    .filter((file) => !read.has(file))
    .map((file) => ({ id: file, file, downRevisions: [], dependsOn: [], branchLabels: [], downgrade: "present" }));
}

const pathsOf = ({ file, downFile }: Revision): readonly string[] =>
  downFile === undefined || downFile === file ? [file] : [file, downFile];

const contentOf = (files: Files, revision: Revision): string =>
  pathsOf(revision)
    .map((path) => bytes(files, path))
    .join("\0");

/** A checkout may have given lines other ends. */
function bytes(files: Files, path: string): string {
  if (!files.exists(path)) return "";
  return Buffer.from(files.bytes(path)).toString("latin1").replaceAll("\r\n", "\n");
}

function difference(
  earlier: HistoryVersion,
  before: Revision,
  later: HistoryVersion,
  after: Revision,
  withoutSecrets: (text: string) => string,
): Pick<MigrationChange, "difference"> {
  const pairs: readonly (readonly [string | undefined, string | undefined])[] = [
    [before.file, after.file],
    [before.downFile, after.downFile],
  ];
  const parts = pairs.flatMap(([from, to]) => {
    const [old, young] = [textOf(earlier.files, from), textOf(later.files, to)];
    if (old === young) return [];
    const path = (to ?? from) as string;
    const [shownOld, shownYoung] = [old, young].map((text) => text && withoutSecrets(text));
    if (shownOld === shownYoung) return `${path}: what differs is left out: by its name, it is a secret.`;
    return unifiedDifference(path, shownOld, shownYoung) ?? [];
  });
  return parts.length === 0 ? {} : { difference: parts.join("\n") };
}

/** What a file holds, whatever its lines end with; nothing where there is none. */
export function textOf(files: Files, path: string | undefined): string | undefined {
  if (path === undefined || !files.exists(path)) return undefined;
  return looseText(files, path).replaceAll("\r\n", "\n");
}
