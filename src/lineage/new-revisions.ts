import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { History } from "../history.ts";
import type { Project } from "../project.ts";
import type { Tool } from "../tools/tool.ts";

const nothing: History = { shape: "graph", revisions: [], problems: [] };

/** The history of a project as another commit has it; an empty one where that commit's files cannot be read as one. */
export function historyAt(files: Files, tool: Tool, project: Project): History {
  try {
    return tool.readHistory(files, project);
  } catch (error) {
    // A commit of the past cannot be repaired; what is not readable there counts by its file's path.
    if (error instanceof ConfigurationError) return nothing;
    throw error;
  }
}

/**
 * Which revisions a change brings: those whose id the base does not have. A renamed file keeps its id and is not new.
 * Without a base every revision is.
 */
export function newRevisions(
  history: History,
  baseFiles: Files | undefined,
  tool: Tool,
  project: Project,
): ReadonlySet<string> {
  if (baseFiles === undefined) return new Set(history.revisions.map(({ id }) => id));
  return newSince(history, historyAt(baseFiles, tool, project), baseFiles);
}

/**
 * The same, with the base's history already read.
 * @param isOwn whether a file is that of one revision, and stands for it; by default it is
 */
export function newSince(
  history: History,
  baseHistory: History,
  baseFiles: Files,
  isOwn: (file: string) => boolean = () => true,
): ReadonlySet<string> {
  const ids = new Set(baseHistory.revisions.map(({ id }) => id));
  const understood = new Set(baseHistory.revisions.map(({ file }) => file));
  // Reading text cannot always tell an id: then the file's path speaks for it.
  const isOld = (id: string, file: string): boolean =>
    ids.has(id) || (!understood.has(file) && baseFiles.exists(file) && isOwn(file));
  return new Set(history.revisions.filter(({ id, file }) => !isOld(id, file)).map(({ id }) => id));
}

/**
 * Whether a file stands for one revision: not what lists several classes, or holds them, as long as it is not what it was.
 * @param listing the tool's own configuration
 */
export function standsForOne(
  { revisions }: History,
  files: Files,
  baseFiles: Files,
  listing: string | undefined,
): (file: string) => boolean {
  const counts = new Map<string, number>();
  for (const { file } of revisions) counts.set(file, (counts.get(file) ?? 0) + 1);
  return (file) => {
    const isShared = file === listing || file.endsWith("package.json") || (counts.get(file) ?? 0) > 1;
    return !isShared || (files.exists(file) && Buffer.from(files.bytes(file)).equals(baseFiles.bytes(file)));
  };
}
