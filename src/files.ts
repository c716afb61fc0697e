/**
 * Read access to one tree of files: a working directory, or a commit. Paths are relative to the repository root,
 * with `/`, and sorted by code unit. Dependency, virtual-environment and version-control folders are not listed.
 */
export interface Files {
  /** All file paths below `directory` (`.` for everything). */
  list(directory?: string): readonly string[];
  exists(path: string): boolean;
  /** The file's bytes. @throws ConfigurationError naming the path when it cannot be read */
  bytes(path: string): Uint8Array;
  /** The file as text: UTF-8 without its byte-order mark. @throws ConfigurationError naming the path when it is not UTF-8 or cannot be read */
  text(path: string): string;
}

/** Whether a path is a directory of the same tree, or lies in it. */
export const isWithin = (path: string, directory: string): boolean =>
  directory === "." || path === directory || path.startsWith(`${directory}/`);

/** What a file holds as far as it is UTF-8, its byte-order mark included; for whoever looks for words in it. @throws ConfigurationError when it cannot be read */
export const looseText = (files: Files, path: string): string => Buffer.from(files.bytes(path)).toString("utf8");
