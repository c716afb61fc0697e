import { looseText } from "../files.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";
import { caughtErrors } from "../replay/caught-errors.ts";
import { checkoutPaths } from "../replay/checkout-path.ts";
import { idleUpgrades } from "../replay/idle-upgrade.ts";
import { stepWarnings } from "../replay/judge.ts";
import type { RecordedRevision } from "../replay/offline-script.ts";
import { serverPorts } from "../replay/server-port.ts";
import type { Repository } from "../repository/repository.ts";
import { branches } from "../tools/outline.ts";
import { toolNamed } from "../tools/registry.ts";
import type { RecordedProject } from "./recorded-project.ts";
import type { ProjectReplay } from "./replay-project.ts";

/**
 * What the statements of the examined revisions show by themselves, and how the tool was set up: upgrades that do nothing, errors
 * that are caught, and what is another on another machine. @throws Error when `loadParser` was not awaited before
 */
export function judgeRecording(
  project: Project,
  { files, root }: Repository,
  { session, stage, port }: RecordedProject,
  { examined, catalogs }: ProjectReplay,
  recorded: ReadonlyMap<string, RecordedRevision>,
): readonly Finding[] {
  const textOf = ({ file }: Revision) => (files.exists(file) ? looseText(files, file) : undefined);
  const sqlOf = project.tool === "sql" ? textOf : () => undefined;
  const branchesIn = (revision: Revision) => branches(toolNamed(project.tool).code(files, project, revision)?.up);
  const [first] = examined;
  return [
    ...(first ? stepWarnings(session.warnings, first, "up") : []),
    ...(catalogs ? idleUpgrades(examined, recorded, [catalogs.start, ...catalogs.after], sqlOf, branchesIn) : []),
    ...caughtErrors(examined, recorded, stage),
    ...checkoutPaths(examined, recorded, root, textOf),
    ...serverPorts(examined, recorded, port),
  ];
}
