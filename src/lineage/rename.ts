import type { Revision } from "../history.ts";
import { nextVersion, versionOf, withVersion } from "./version-name.ts";

/** One rename; the paths of files, or of the folders that carry the version. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** How a migration's files are renamed to come right after the one in `after`: none where no version can be made out. */
export function renames(revision: Pick<Revision, "file" | "downFile">, after: string): readonly Rename[] {
  const version = versionOf(after);
  return version === undefined ? [] : renamesTo(revision, nextVersion(version));
}

/** How a migration's files are renamed to have this version. Two files in one renamed folder are one rename. */
export function renamesTo({ file, downFile }: Pick<Revision, "file" | "downFile">, version: string): readonly Rename[] {
  const all = [file, downFile].flatMap((path) => (path === undefined ? [] : (withVersion(path, version) ?? [])));
  return all.filter(({ from, to }, index) => from !== to && all.findIndex((other) => other.from === from) === index);
}
