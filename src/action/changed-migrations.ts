import { posix } from "node:path";
import { changedFiles } from "../git/changed-files.ts";
import type { Verdict } from "../verdict.ts";

/** Whether the change brings a revision, or changes, moves or deletes a file where revisions are. */
export function changesMigrations(verdict: Verdict, root: string): boolean {
  if (verdict.projects.some(({ lineage }) => lineage === undefined || lineage.new.length > 0)) return true;
  if (verdict.base === undefined) return false;
  const revisions = verdict.projects.flatMap((project) => project.revisions);
  const folders = new Set(revisions.map(({ file }) => posix.dirname(file)));
  const changed = changedFiles(root, verdict.base, "HEAD");
  return changed === undefined || changed.some((path) => folders.has(posix.dirname(path)));
}
