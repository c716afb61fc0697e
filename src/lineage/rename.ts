import type { Revision } from "../history.ts";
import { withVersion } from "./version-name.ts";

/** One rename; the paths of files, or of the folders that carry the version. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** New names for all new migrations of a linear tool that cannot keep theirs, which are right when all of them are given. */
export interface RenamePlan {
  /** For a migration that is at fault, by its file: how its files are renamed, and what has to make room for them. */
  of(file: string): readonly Rename[];
}

/** How a migration's files are renamed to have this version. Two files in one renamed folder are one rename. */
export function renamesTo({ file, downFile }: Pick<Revision, "file" | "downFile">, version: string): readonly Rename[] {
  const all = [file, downFile].flatMap((path) => (path === undefined ? [] : (withVersion(path, version) ?? [])));
  return all.filter(({ from, to }, index) => from !== to && all.findIndex((other) => other.from === from) === index);
}
