import type { PostgresServer } from "../engines/engine.ts";
import { optional } from "../optional.ts";
import { reviewSeals } from "../plan/review-seal.ts";
import { planDigest } from "../plan/seal-plan.ts";
import type { Project } from "../project.ts";
import { readImports } from "./imports.ts";
import { judgeRecording } from "./judge-recording.ts";
import type { ProjectLineage } from "./project-lineage.ts";
import { asPlanned, planOf } from "./project-plan.ts";
import type { ReplayedProject } from "./project-verdict.ts";
import type { RecordedProject } from "./recorded-project.ts";
import type { GateContext } from "./gate-context.ts";
import { renderOffline } from "../replay/offline-script.ts";
import { recordedRevision } from "../replay/recorded-statements.ts";
import { rolesOf } from "../replay/statement-roles.ts";
import { replayProject } from "./replay-project.ts";
import type { Repository } from "../repository/repository.ts";
import { weighing } from "./weigh-findings.ts";
import { asShown } from "./shown-recording.ts";
import { judgeSafety } from "./safety.ts";
import { fingerprint } from "../sql/fingerprint.ts";
import { loadParser } from "../sql/parser.ts";
import type { Imports } from "../sessions/session.ts";
import type { Check } from "../verdict.ts";

/** What the tool said of a project when it had loaded it. */
export interface LoadedProject {
  readonly lineage: ProjectLineage;
  readonly versionTables: readonly string[];
}

/** Replays, and judges what was recorded: by the rules, against the tool's own scripts, and as a plan to be sealed. */
export async function replayAndJudge(
  project: Project,
  repository: Repository,
  { lineage, versionTables }: LoadedProject,
  opened: RecordedProject,
  { major: serverMajor }: PostgresServer,
  context: GateContext,
): Promise<ReplayedProject & { readonly imports: Imports }> {
  const { database, session, stage, recorder, limited } = opened;
  await loadParser();
  const weights = weighing(repository.configuration);
  const { weigh, off } = weights;
  const replayed = await replayProject(project, repository, lineage, {
    ...context,
    session,
    stage,
    database,
    weighing: weights,
  });
  const { examined, asked, catalogs } = replayed;
  const { statements } = recorder.recording();
  const roles = rolesOf(statements, versionTables);
  const fingerprintOf = eachOnce(fingerprint);
  const sent = Map.groupBy(statements, ({ label }) => label?.revision);
  // By the tool's process, while this one judges.
  const printing = renderOffline(
    session,
    examined,
    new Map(
      examined.map((revision) => [
        revision.id,
        recordedRevision(sent.get(revision.id) ?? [], revision, { roles, fingerprint: fingerprintOf }),
      ]),
    ),
    stage.brokenOff,
    limited,
  );
  // Whoever awaits it is told.
  printing.catch(() => {});
  const safety = await judgeSafety({
    project,
    repository,
    revisions: replayed.applied,
    examined: asked,
    newIds: lineage.newIds,
    statements,
    places: stage.places,
    roles,
    serverMajor,
    stalls: replayed.stalls,
    ...optional("statistics", context.statistics),
    failed: stage.brokenOff,
  });
  const { recorded, findings: offlineFindings } = await printing;
  const seen = judgeRecording(project, repository, opened, replayed, recorded);
  const ofRecording = [...seen, ...offlineFindings];
  const findings = [
    ...replayed.findings,
    ...ofRecording.filter(({ revision }) => revision === undefined || asked.has(revision)),
  ].flatMap((finding) => weigh(finding) ?? []);
  const imports = await limited("Reading what the migrations import", () =>
    readImports(session, lineage, repository, context),
  );
  const plan =
    catalogs &&
    planOf(project, repository.files, {
      ...optional("toolVersion", session.toolVersion),
      serverMajor,
      account: database.connection.user,
      start: catalogs.start,
      end: catalogs.after.at(-1) ?? catalogs.start,
      imports,
      steps: examined.flatMap((revision, index) => {
        const sent = recorded.get(revision.id)?.up;
        const catalog = catalogs.after[index];
        return sent && catalog ? [{ revision, statements: asPlanned(repository.files, revision, sent), catalog }] : [];
      }),
    });
  if (plan) context.onPlan?.(plan);
  // SQL files are judged as files, whether or not they could be run.
  const isJudgedWhole = project.tool === "sql" || examined.length === 0 || catalogs !== undefined;
  return {
    imports,
    checks: [...replayed.checks, isJudgedWhole ? safety.check : unfinished(safety.check)],
    findings: [...findings, ...safety.findings],
    recorded: asShown(recorded),
    coverage: { ...safety.coverage, off: [...safety.coverage.off, ...off()] },
    ...optional("plan", plan && { digest: planDigest(plan), revisions: reviewSeals(plan) }),
  };
}

/** Works out each text once: a tool says much the same in every step. */
function eachOnce(work: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const result = known.get(text) ?? work(text);
    known.set(text, result);
    return result;
  };
}

/** What was not sent was not judged. */
const unfinished = (check: Check): Check =>
  check.status === "passed"
    ? { ...check, status: "skipped", reason: "not finished: not all revisions could be applied, and so not all judged" }
    : check;
