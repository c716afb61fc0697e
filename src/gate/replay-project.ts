import type { WorkDatabase } from "../engines/work-database.ts";
import { ConfigurationError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";
import type { ProjectLineage } from "./project-lineage.ts";
import { replayFinding } from "../replay/findings.ts";
import { declarationIn } from "../declaration.ts";
import { repeatFinding } from "../replay/repeat-finding.ts";
import { runSample } from "../replay/prelude.ts";
import { oneWayDeclarations } from "../replay/one-way.ts";
import { cutHistory, revisionsIn, withAncestors } from "../replay/range.ts";
import { replay, type ReplayResult } from "../replay/replay.ts";
import type { Stage } from "../replay/stage.ts";
import type { Repository } from "../repository/repository.ts";
import type { Session } from "../sessions/session.ts";
import type { Weighing } from "./weigh-findings.ts";

/** What a replay came to, and of what. */
export interface ProjectReplay extends ReplayResult {
  /** Everything that was to be applied, in this order. */
  readonly applied: readonly Revision[];
  /** Those of them that went up, down and up again: the last ones. */
  readonly examined: readonly Revision[];
  /** Those of these that are new, or were asked for: the others only come after one. What they do is no doing of this change. */
  readonly asked: ReadonlySet<string>;
}

/** What a replay is played on, and of what it is told. */
export interface ReplayContext {
  readonly session: Session;
  readonly stage: Stage;
  readonly database: WorkDatabase;
  /** Examine these revisions and no others; see `GateOptions`. */
  readonly range?: string;
  /** Whether the second upgrade runs in another process; see `GateOptions`. */
  readonly otherProcess?: boolean;
  readonly weighing: Weighing;
  readonly onProgress: (step: string) => void;
}

/**
 * Replays the revisions of a project that are new, or that were asked for, behind those that come before them.
 * @throws UsageError when the range names what is not there
 * @throws ConfigurationError when the project starts at a revision that does not exist
 */
export async function replayProject(
  project: Project,
  { files, configuration }: Pick<Repository, "files" | "configuration">,
  { ordered, newIds }: ProjectLineage,
  { session, stage, database, range: named, otherProcess = true, weighing, onProgress }: ReplayContext,
): Promise<ProjectReplay> {
  const chosen = named === undefined ? undefined : revisionsIn(named, ordered);
  const needed = chosen && withAncestors(chosen, ordered);
  const isNeeded = ({ id }: Revision) => needed === undefined || needed.has(id);
  const isAsked = ({ id }: Revision) => (chosen ? chosen.has(id) : configuration.replay === "all" || newIds.has(id));
  const cut = cutHistory(ordered, project, isAsked);
  const earlier = cut.earlier.filter(isNeeded);
  const examined = cut.replayed.filter(isNeeded);
  const known = new Set(ordered.map(({ id }) => id));
  for (const id of Object.keys(project.samples ?? {}))
    if (!known.has(id))
      throw new ConfigurationError(
        `The configuration has samples for \`${id}\`, but the project ${project.name} has no such revision. Correct \`samples\`.`,
      );
  const oneWay = oneWayDeclarations(files, project, examined, ordered);
  const repeats = examined.flatMap((revision) => {
    const declared = declarationIn(files, revision.file, "repeat");
    return declared === undefined ? [] : [repeatFinding(revision, declared)];
  });
  if (examined.length > 0 && otherProcess)
    stage.expectOthers(
      examined
        .filter(({ file }) => files.exists(file))
        // Names of variables are the same in any encoding.
        .map(({ file }) => Buffer.from(files.bytes(file)).toString("latin1")),
    );
  // Where all is new, the project is, and what it starts from is what it has had for long.
  const covered = newIds.size < ordered.length ? cut.stamped.filter(({ id }) => newIds.has(id)) : [];
  if (cut.stamped.length > 0) await session.stamp(cut.stamped.map(({ id }) => id));
  const sample = (revision: string) => runSample(database, files, project, revision);
  const result = await replay(stage, {
    earlier,
    replayed: examined,
    startsBehind: cut.stamped.some(({ id }) => (chosen ?? newIds).has(id)),
    oneWay: oneWay.reasons,
    sample,
    // What the earlier ones of several revisions make has no rows yet when all of them begin.
    earlySample: (revision) =>
      sample(revision).catch((error: unknown) => {
        if (!(error instanceof ConfigurationError)) throw error;
      }),
    atOnce: weighing.isAsked(["upgrade-at-once-fails", "upgrade-at-once-differs"], examined),
    rowsDecide: new Set(
      repeats.flatMap(({ ruleId, revision }) => (ruleId === "rows-decide" && revision ? [revision] : [])),
    ),
    forwardOnly: `${project.layout ?? project.tool} migrations have no way back: the tool is forward only`,
    probesOutage: configuration["outage-probe"],
    weigh: weighing.weigh,
    onProgress,
  });
  return {
    ...result,
    findings: [...covered.map(startCoversNew), ...oneWay.findings, ...repeats, ...result.findings],
    applied: [...earlier, ...examined],
    examined,
    asked: new Set(examined.filter(isAsked).map(({ id }) => id)),
  };
}

/** `start:` can be part of the change that it would keep from being examined. */
const startCoversNew = (revision: Revision): Finding =>
  replayFinding("start-covers-new", revision, "up", {
    message: `This change brings \`${revision.id}\`, and the schema that the project starts from (\`start:\` in headgate.yml) is said to hold it already: it is not examined.`,
    help: "Let `start:` name a revision that the base branch has.",
  });
