import type { Catalog } from "../catalog/catalog.ts";
import type { Files } from "../files.ts";
import type { Revision } from "../history.ts";
import { importedBy } from "../lineage/changed-imports.ts";
import { optional } from "../optional.ts";
import { withRepeats, type PlannedReport } from "../plan/repeats.ts";
import { withTold } from "../plan/told-sessions.ts";
import { makePlan, type Plan } from "../plan/seal-plan.ts";
import type { Project } from "../project.ts";
import { declarationIn } from "../declaration.ts";
import type { Imports } from "../sessions/session.ts";
import type { StatementReport } from "../verdict.ts";

/** One revision as it was recorded. */
export interface RecordedStep {
  readonly revision: Revision;
  readonly statements: readonly PlannedReport[];
  /** The catalog behind it. */
  readonly catalog: Catalog;
}

/** What was recorded of a project, and with what. */
export interface RecordedSteps {
  readonly toolVersion?: string;
  readonly serverMajor: number;
  /** The role that applied them. */
  readonly account: string;
  /** The catalog before the first step, and after the last. */
  readonly start: Catalog;
  readonly end: Catalog;
  /** In the order in which they were taken. */
  readonly steps: readonly RecordedStep[];
  /** Which files of the repository those of the revisions import or have opened. */
  readonly imports: Imports;
}

/** What was recorded of a revision as its plan has it. */
export const asPlanned = (
  files: Files,
  revision: Revision,
  statements: readonly StatementReport[],
): readonly PlannedReport[] => {
  const told = withTold(statements);
  return declarationIn(files, revision.file, "repeat")?.reason ? withRepeats(told) : told;
};

/** Plans what was recorded of a project's revisions, with their files as they are now. */
export function planOf(
  { name, tool }: Project,
  files: Files,
  { toolVersion, serverMajor, account, start, end, steps, imports }: RecordedSteps,
): Plan {
  const contents = (paths: readonly string[]) =>
    paths.filter((path) => files.exists(path)).map((path) => ({ path, bytes: files.bytes(path) }));
  return makePlan({
    project: name,
    tool,
    ...optional("toolVersion", toolVersion),
    serverMajor,
    account,
    start,
    end,
    revisions: steps.map(({ revision, statements, catalog }) => ({
      id: revision.id,
      statements,
      catalog,
      files: contents([revision.file, ...(revision.downFile === undefined ? [] : [revision.downFile])]),
      imports: contents([...importedBy(revision.file, imports)].toSorted()),
    })),
  });
}
