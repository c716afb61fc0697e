import type { Files } from "../files.ts";
import type { History } from "../history.ts";
import { ToolError } from "../errors.ts";
import { changedInWorkingTree } from "../git/changed-files.ts";
import { importingMigrations, isProgram, type ImportingMigration } from "../lineage/changed-imports.ts";
import { differingMigrations } from "../lineage/changed-migrations.ts";
import { historyAt } from "../lineage/new-revisions.ts";
import type { Project } from "../project.ts";
import { projectIn } from "../repository/earlier-projects.ts";
import type { Repository } from "../repository/repository.ts";
import type { Imports, Session } from "../sessions/session.ts";
import { toolNamed } from "../tools/registry.ts";
import type { GateContext } from "./gate-context.ts";
import type { ProjectLineage } from "./project-lineage.ts";

/**
 * What the migrations load: those that the change brings or edits, and all where it edits anything else. Asked when they have run, since
 * some only say then which files they open; nothing where the tool's process ended.
 */
export async function readImports(
  session: Session,
  { ordered, newIds }: ProjectLineage,
  { root, base, configuration }: Pick<Repository, "root" | "base" | "configuration">,
  { range }: Pick<GateContext, "range">,
): Promise<Imports> {
  if (!session.imports) return {};
  const own = new Set(ordered.map(({ file }) => file));
  const edited = base && changedInWorkingTree(root, base.commit);
  const isAll =
    range !== undefined ||
    configuration.replay === "all" ||
    (base !== undefined && edited?.some((file) => !own.has(file)) !== false);
  const wanted = ordered
    .filter(({ id, file }) => isAll || newIds.has(id) || edited?.includes(file))
    .map(({ id }) => id);
  if (wanted.length === 0) return {};
  return session.imports(wanted).catch((error: unknown) => {
    if (error instanceof ToolError) return {};
    throw error;
  });
}

/** The migrations of the merge base that load what the change edits, each unedited itself. */
export function importersOf(
  project: Project,
  history: History,
  { root, base, files }: Pick<Repository, "root" | "base" | "files">,
  imports: Imports,
): readonly ImportingMigration[] {
  if (base === undefined || project.tool === "sql") return [];
  const removed = removedData(root, base, files);
  if (removed.length + Object.keys(imports).length === 0) return [];
  const tool = toolNamed(project.tool);
  const before = projectIn(base.mergeBase, project, base.moved);
  const earlier = { history: historyAt(base.mergeBase, tool, before), files: base.mergeBase, project: before };
  const later = { history, files, project };
  const importing = importingMigrations(earlier, later, { imports, removed }, tool);
  if (importing.length === 0) return [];
  const edited = new Set(differingMigrations(earlier, later).map(({ after }) => after?.id));
  return importing.filter(({ revision }) => !edited.has(revision.id));
}

/** What the change removes and no program needs: a migration that looks for such files goes on without them, and says nothing. */
function removedData(
  root: string,
  { commit, mergeBase }: NonNullable<Repository["base"]>,
  files: Files,
): readonly string[] {
  const edited = changedInWorkingTree(root, commit) ?? [];
  return edited.filter((file) => !isProgram(file) && mergeBase.exists(file) && !files.exists(file));
}
