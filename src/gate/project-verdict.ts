import type { ConfigurationError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { describeLineage } from "../lineage/lineage.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { JudgedHistory } from "./project-history.ts";
import type { ProjectLineage } from "./project-lineage.ts";
import type { Check, ProjectVerdict, RevisionReport } from "../verdict.ts";

/** What is known of a project before its revisions are replayed. */
export interface KnownProject {
  readonly project: Project;
  readonly lineage: ProjectLineage;
  /** What a first look found, on an emulated server. */
  readonly firstLook: readonly Finding[];
  /** The server it was replayed on; absent when none was started. */
  readonly server?: ProjectVerdict["server"];
}

/** What the replay, and the judges of what it recorded, add. */
export interface ReplayedProject {
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
  /** What was sent, by the revision's id. */
  readonly recorded?: ReadonlyMap<string, Pick<RevisionReport, "up" | "down" | "offline">>;
  readonly coverage?: ProjectVerdict["coverage"];
  readonly plan?: ProjectVerdict["plan"];
}

/** The verdict on a project: what its files say, what was done to them, and what the replay showed. */
export function verdictOn(
  { project, lineage, firstLook, server }: KnownProject,
  history: JudgedHistory,
  { checks, findings, recorded, coverage, plan }: ReplayedProject,
): ProjectVerdict {
  const { name, tool, directory } = project;
  return {
    name,
    tool,
    directory,
    ...optional("server", server),
    lineage: describeLineage(lineage.history, lineage.newIds),
    checks: [lineage.check, history.check, ...checks],
    findings: [...lineage.findings, ...history.findings, ...firstLook, ...findings],
    revisions: lineage.ordered.map((revision: Revision) => ({
      id: revision.id,
      file: revision.file,
      ...optional("downFile", revision.downFile),
      ...optional("title", revision.title),
      new: lineage.newIds.has(revision.id),
      downRevisions: revision.downRevisions,
      ...recorded?.get(revision.id),
    })),
    ...optional("coverage", coverage),
    ...optional("plan", plan),
  };
}

/** What a project that is not replayed has to show for it: the reason, in each check. */
export const notReplayed = (status: "skipped" | "errored", reason: string): ReplayedProject => ({
  checks: (["upgrade", "downgrade", "reupgrade", "safety"] as const).map((id) => ({
    id,
    status,
    reason,
    durationMs: 0,
  })),
  findings: [],
});

/** The verdict on a project of which nothing could be checked. */
export const unusableProject = (
  { name, tool, directory }: Project,
  { message }: ConfigurationError,
): ProjectVerdict => ({
  name,
  tool,
  directory,
  checks: [
    { id: "lineage", status: "errored", reason: message, durationMs: 0 },
    ...notReplayed("errored", message).checks,
  ],
  findings: [],
  revisions: [],
});
