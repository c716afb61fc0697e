import { projectIn } from "../repository/earlier-projects.ts";
import type { Files } from "../files.ts";
import type { Finding } from "../finding.ts";
import type { History, Revision } from "../history.ts";
import { judgeLineage } from "../lineage/judge.ts";
import { historyAt, newSince, standsForOne } from "../lineage/new-revisions.ts";
import { isRepeatable } from "../lineage/repeatable.ts";
import { orderOf } from "../lineage/order.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { BaseTrees } from "../repository/repository.ts";
import { toolNamed } from "../tools/registry.ts";
import type { Check } from "../verdict.ts";

/** A history with what the lineage room says of it. */
export interface ProjectLineage {
  readonly history: History;
  /** Parents before children. */
  readonly ordered: readonly Revision[];
  readonly newIds: ReadonlySet<string>;
  readonly check: Check;
  readonly findings: readonly Finding[];
  /** Why it makes no sense to replay this history. */
  readonly blocked?: string;
}

/** Findings after which there is no order to replay in. */
const unsound = new Set([
  "missing-parent",
  "revision-cycle",
  "duplicate-revision",
  "duplicate-version",
  "unreadable-migration",
]);

/** Judges a history against the base it is compared with. */
export function judgeProjectLineage(
  project: Project,
  history: History,
  base: BaseTrees | undefined,
  /** What the history was read from; without it, what a change edits does not count as new. */
  files?: Files,
): ProjectLineage {
  const startedAt = performance.now();
  const tool = toolNamed(project.tool);
  const at = (files: Files): History => historyAt(files, tool, projectIn(files, project, base?.moved));
  const baseHistory = base && at(base.mergeBase);
  const newIds =
    base && baseHistory
      ? new Set([
          ...newSince(
            history,
            baseHistory,
            base.mergeBase,
            files && standsForOne(history, files, base.mergeBase, project.configFile),
          ),
          ...(files === undefined ? [] : editedRepeatables(history, project, files, base.mergeBase)),
        ])
      : new Set(history.revisions.map(({ id }) => id));
  const findings = judgeLineage(history, {
    tool,
    project,
    newIds,
    ...optional("headsAllowed", project.heads),
    ...optional("baseHistory", baseHistory),
    ...(base && files ? { isEdited: (file: string) => differs(file, files, base.mergeBase) } : {}),
    ...optional("tip", base?.tip && { ref: base.ref, history: at(base.tip) }),
  });
  const durationMs = Math.round(performance.now() - startedAt);
  const errors = findings.filter(({ severity }) => severity === "error");
  const problem = errors.find(({ ruleId }) => unsound.has(ruleId));
  const empty = history.revisions.length === 0;
  const check: Check =
    errors.length > 0
      ? {
          id: "lineage",
          status: "failed",
          reason: [...new Set(errors.map(({ ruleId }) => ruleId))].join(", "),
          durationMs,
        }
      : empty
        ? {
            id: "lineage",
            status: project.allowEmpty ? "skipped" : "errored",
            reason: `there is no revision yet in ${project.migrations.join(", ")}${
              project.allowEmpty ? "" : "; if that is right, set `allow-empty: true` for the project in headgate.yml"
            }`,
            durationMs,
          }
        : { id: "lineage", status: "passed", durationMs };
  const blocked = problem
    ? `the history has to be sound first (${problem.ruleId})`
    : empty
      ? "there is no revision to replay"
      : undefined;
  return {
    history,
    ordered: orderOf(history),
    newIds,
    check,
    findings,
    ...optional("blocked", blocked),
  };
}

/** They run again, so that what they are now has to be tried like what is new. */
function editedRepeatables(history: History, project: Project, files: Files, before: Files): readonly string[] {
  return history.revisions
    .filter(
      (revision) =>
        isRepeatable(revision, project) && before.exists(revision.file) && differs(revision.file, files, before),
    )
    .map(({ id }) => id);
}

const differs = (file: string, files: Files, before: Files): boolean =>
  !Buffer.from(files.bytes(file)).equals(before.bytes(file));
