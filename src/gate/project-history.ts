import { judgeGone, projectIn } from "../repository/earlier-projects.ts";
import type { Finding } from "../finding.ts";
import type { Files } from "../files.ts";
import type { History, Revision } from "../history.ts";
import { configurationPaths } from "../repository/configuration-paths.ts";
import { historyExemptions, dayNow } from "./history-exemptions.ts";
import type { JudgedTouched } from "./judge-touched.ts";
import { changeBehaviour } from "../lineage/change-behaviour.ts";
import { changesOf, differingMigrations } from "../lineage/changed-migrations.ts";
import { judgeLayout } from "../lineage/judge-layout.ts";
import { judgeChanges } from "../lineage/judge-changes.ts";
import { historyAt, standsForOne } from "../lineage/new-revisions.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import { listed } from "../prose.ts";
import { codeWithoutPasswords } from "../sql/code-without-passwords.ts";
import { loadParser } from "../sql/parser.ts";
import { withoutPasswords } from "../sql/without-passwords.ts";
import { toolNamed } from "../tools/registry.ts";
import type { Check } from "../verdict.ts";

/** What the history check found. */
export interface JudgedHistory {
  readonly check: Check;
  readonly findings: readonly Finding[];
}

/**
 * Judges what a change does to migrations that its merge base has: those run somewhere already.
 * @param today in UTC, as `expires` in the configuration
 */
export async function judgeHistory(
  project: Project,
  history: History,
  repository: Pick<Repository, "files" | "base" | "noBase" | "configuration" | "configFile">,
  today = dayNow(),
): Promise<JudgedHistory> {
  const startedAt = performance.now();
  const check = (
    outcome: { readonly status: "passed" } | { readonly status: "failed" | "skipped"; readonly reason: string },
  ) => ({ id: "history", ...outcome, durationMs: Math.round(performance.now() - startedAt) }) as const;
  const { base, files } = repository;
  if (base === undefined)
    return {
      check: check({ status: "skipped", reason: repository.noBase ?? "there is nothing to compare with" }),
      findings: [],
    };
  const tool = toolNamed(project.tool);
  const before = projectIn(base.mergeBase, project, base.moved);
  const read = historyAt(base.mergeBase, tool, before);
  const earlier = {
    history: { ...read, revisions: [...read.revisions, ...unreadThen(project, history, read, files, base.mergeBase)] },
    files: base.mergeBase,
    project: before,
  };
  const later = { history, files, project };
  const differing = differingMigrations(
    earlier,
    later,
    changeBehaviour(project.layout ?? project.tool).renamed !== undefined,
  );
  // Only what differs is parsed.
  if (differing.length > 0) await loadParser();
  const findings = judgeChanges(
    changesOf(differing, earlier, later, tool, project.tool === "sql" ? withoutPasswords : codeWithoutPasswords),
    {
      tool,
      project,
      exemptions: historyExemptions(repository),
      today,
    },
  );
  const otherwise = base.otherwise?.get(project.name);
  if (otherwise) {
    const then = { history: historyAt(base.mergeBase, tool, otherwise), files: base.mergeBase, project: otherwise };
    findings.push(...judgeLayout(then, later));
  }
  return withFindings({ check: check({ status: "passed" }), findings: [] }, findings);
}

/** Revisions whose ids only running the tool tells, and whose files the merge base has: they stand for what it had. */
function unreadThen(
  project: Project,
  history: History,
  read: History,
  files: Files,
  mergeBase: Files,
): readonly Revision[] {
  const isOwn = standsForOne(history, files, mergeBase, project.configFile);
  const [ids, paths] = [new Set(read.revisions.map(({ id }) => id)), new Set(read.revisions.map(({ file }) => file))];
  const unreadable = new Set(read.problems.flatMap((problem) => problem.files));
  return history.revisions.filter(
    ({ id, file }) =>
      !ids.has(id) && !paths.has(file) && !unreadable.has(file) && mergeBase.exists(file) && isOwn(file),
  );
}

/** The same with more findings, found later. */
function withFindings({ check, findings }: JudgedHistory, more: readonly Finding[]): JudgedHistory {
  const errors = more.filter(({ severity }) => severity === "error").map(({ ruleId }) => ruleId);
  if (errors.length === 0) return { check, findings: [...findings, ...more] };
  const before = check.status === "failed" ? [check.reason] : [];
  const { id, durationMs } = check;
  const reason = [...new Set([...before, ...errors])].join(", ");
  return { check: { id, status: "failed", reason, durationMs }, findings: [...findings, ...more] };
}

/** The migrations of the merge base that were found to be edited, and whose code may still send what it did. */
export const editedIn = ({ findings }: JudgedHistory, { revisions }: History): readonly Revision[] =>
  revisions.filter((revision) => findings.some((finding) => isEdit(finding) && finding.file === revision.file));

const isEdit = ({ ruleId, severity }: Finding): boolean => ruleId === "migration-edited" && severity === "error";

/** The same with what running touched migrations as they were has shown. */
export function withTouched(history: JudgedHistory, { findings, frozen, lost }: JudgedTouched): JudgedHistory {
  const judged = withFindings(frozen.size > 0 ? withFrozen(history, frozen) : history, findings);
  if (lost === undefined || judged.check.status === "failed") return judged;
  const { durationMs } = judged.check;
  return { ...judged, check: { id: "history", status: "errored", reason: lost, durationMs } };
}

/** @param frozen by the file of an edited migration that sends what it did: what it does not load any more */
function withFrozen({ check, findings }: JudgedHistory, frozen: JudgedTouched["frozen"]): JudgedHistory {
  const settled = findings.map((finding): Finding => {
    const gone = isEdit(finding) ? frozen.get(finding.file ?? "") : undefined;
    if (gone === undefined) return finding;
    const { help: _, ...rest } = finding;
    return {
      ...rest,
      severity: "info",
      message: `${finding.file} is in the merge base and was edited, and does not use ${listed(gone)} any more. It sends the same statements as before on a database that holds what the migrations make.`,
    };
  });
  const { id, durationMs } = check;
  return withFindings({ check: { id, status: "passed", durationMs }, findings: [] }, settled);
}

/**
 * Judges the projects that a change leaves unchecked. Where the base branch has no configuration, it was never said that they
 * are checked, and they are only told.
 */
export function judgeGoneProjects(
  repository: Pick<Repository, "base" | "gone" | "configuration" | "configFile">,
  today = dayNow(),
): readonly { readonly project: Project; readonly check: Check; readonly finding: Finding }[] {
  const { base, gone = [], configFile } = repository;
  if (base === undefined || gone.length === 0) return [];
  const { mergeBase } = base;
  const wasSaid = configurationPaths.some((path) => mergeBase.exists(configFile ?? path));
  const isSaid = isConfigured(repository.configuration);
  const context = { exemptions: historyExemptions(repository), today };
  return gone.flatMap((project) => {
    const finding = judgeGone(project, mergeBase, wasSaid || !isSaid ? "error" : "warning", context);
    if (finding === undefined) return [];
    const isError = finding.severity === "error";
    const check: Check = isError
      ? { id: "history", status: "failed", reason: finding.ruleId, durationMs: 0 }
      : { id: "history", status: "skipped", reason: "this change leaves no such project", durationMs: 0 };
    return [{ project, check, finding }];
  });
}

/** Whether the configuration says which projects there are, or leaves it to detection. */
const isConfigured = ({ projects }: Repository["configuration"]): boolean => projects !== undefined;
