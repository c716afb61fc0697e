import { posix } from "node:path";
import { askGit } from "../git/run-git.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";

/** What is applied, as git knows it. */
export interface AppliedCommit {
  /** As `git describe --dirty` would say it: with `-dirty` behind it where files are not as they were committed. Absent outside of git. */
  readonly commit?: string;
  /** Files of the project that are not as they were committed, relative to the repository root. */
  readonly uncommitted: readonly string[];
}

/**
 * Looks at the files that decide what is sent: the migrations, what lies beside them, the tool's configuration.
 * @param named the commit, where the caller says which it is
 */
export function appliedCommit({ root }: Repository, project: Project, named?: string): AppliedCommit {
  const head = askGit(root, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  if (head === undefined || head === "") return { ...optional("commit", named), uncommitted: [] };
  const paths = pathsOf(project);
  const listed = [
    askGit(root, ["diff", "--name-only", "-z", "HEAD", "--", ...paths]),
    askGit(root, ["ls-files", "-z", "--others", "--exclude-standard", "--", ...paths]),
  ];
  const uncommitted = [...new Set(listed.flatMap((names) => names?.split("\0").filter(Boolean) ?? []))].toSorted();
  const commit = named ?? head;
  return { commit: uncommitted.length > 0 ? `${commit}-dirty` : commit, uncommitted };
}

function pathsOf({ migrations, configFile, prelude, start, samples = {}, tool }: Project): readonly string[] {
  const folders = tool === "alembic" ? migrations.map((versions) => posix.dirname(versions)) : migrations;
  const files = [configFile, ...prelude, start?.dump, ...Object.values(samples)].filter((path) => path !== undefined);
  return [...new Set([...folders, ...files])];
}
