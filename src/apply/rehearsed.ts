import type { Catalog } from "../catalog/catalog.ts";
import { ApplyError } from "../errors.ts";
import type { Direction } from "../finding.ts";
import { asPlanned, planOf } from "../gate/project-plan.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import type { PlannedReport } from "../plan/repeats.ts";
import type { Plan, PlannedRevision } from "../plan/seal-plan.ts";
import { type ToldReport, withTold } from "../plan/told-sessions.ts";
import { describeFailure } from "../replay/findings.ts";
import { runSample } from "../replay/prelude.ts";
import { recordedRevision } from "../replay/recorded-statements.ts";
import { preparationStep, rolesOf } from "../replay/statement-roles.ts";
import { fingerprint } from "../sql/fingerprint.ts";
import type { StatementReport } from "../verdict.ts";
import type { SessionBeginning } from "../wire/startup-packet.ts";
import { type RehearsalStart, replayStep } from "./bring-to-start.ts";
import type { RehearsalStage } from "./rehearsal-stage.ts";
import { isAtomic, sentAlone } from "./step-transactions.ts";

/** One revision as it ran on the ephemeral server. */
export interface RehearsedRevision {
  readonly revision: Revision;
  readonly planned: PlannedRevision;
  /** Everything that was sent, what belongs to the session and to the version table included. */
  readonly reports: readonly PlannedReport[];
  /** Whether one transaction holds all of it, and the row of the version table. */
  readonly atomic: boolean;
  /** The statements, counted from 0, that no BEGIN precedes: the server commits each when it is done. */
  readonly alone: ReadonlySet<number>;
  readonly before: Catalog;
  readonly after: Catalog;
}

/** The pending revisions, recorded from the recorded state of the target. */
export interface Rehearsed {
  readonly plan: Plan;
  readonly start: Catalog;
  /** In what the rehearsal's server is not like the target, in sentences. */
  readonly unlike: readonly string[];
  readonly revisions: readonly RehearsedRevision[];
  /** What the tool sends before its first revision, to make its version table. */
  readonly preparation: readonly ToldReport[];
  /** What its session sends, also when it has only just connected: no work, and no record of any. */
  readonly session: readonly ToldReport[];
  /** What the tool's sessions begin with. */
  readonly beginnings: readonly SessionBeginning[];
}

/** Takes the steps from where the target stands, and seals what was recorded of them. @throws ApplyError when one fails */
export async function rehearse(
  stage: RehearsalStage,
  steps: readonly string[],
  direction: Direction,
  { catalog: start, unlike }: RehearsalStart,
): Promise<Rehearsed> {
  const { project, repository, recorded } = stage;
  const { database, recorder, session, limited } = recorded;
  const taken: Pick<RehearsedRevision, "revision" | "before" | "after">[] = [];
  let before = start;
  for (const id of steps) {
    const after = await rehearseStep(stage, id, direction, unlike);
    const revision = stage.ordered.find((one) => one.id === id) as Revision;
    taken.push({ revision, before, after });
    before = after;
  }
  const reportsOf = recordedReports(stage);
  const rehearsed = taken.map((step) => {
    const sent = reportsOf(step.revision.id, direction);
    return { ...step, reports: asPlanned(repository.files, step.revision, sent), atomic: isAtomic(sent) };
  });
  // Some only say when they run which files they open.
  const imports = (await limited("Reading what the migrations import", async () => session.imports?.(steps))) ?? {};
  const plan = planOf(project, repository.files, {
    ...optional("toolVersion", session.toolVersion),
    serverMajor: stage.serverMajor,
    account: database.connection.user,
    start,
    end: before,
    imports,
    steps: rehearsed.map(({ revision, reports, after }) => ({ revision, statements: reports, catalog: after })),
  });
  const preparation = withTold(reportsOf(preparationStep.revision, "up"));
  return {
    plan,
    start,
    unlike,
    revisions: rehearsed.map((step, index) => ({
      ...step,
      planned: plan.revisions[index] as PlannedRevision,
      alone: sentAlone(step.reports),
    })),
    beginnings: recorder.beginnings(),
    preparation,
    session: [...preparation, ...withTold(reportsOf(replayStep.revision, "up"))].filter(
      ({ role, sql }) => role === "session" || (role === "bookkeeping" && /^\s*select\b/i.test(sql)),
    ),
  };
}

/** Takes one; gives the catalog behind it. */
async function rehearseStep(
  { project, repository, recorded, snapshot, onProgress }: RehearsalStage,
  id: string,
  direction: Direction,
  unlike: readonly string[],
): Promise<Catalog> {
  const { database, stage } = recorded;
  onProgress(`rehearsal: ${id}`);
  if (direction === "up") await runSample(database, repository.files, project, id);
  const outcome = await stage.recorded(id, direction);
  if (outcome.kind === "hung")
    throw new ApplyError(`The rehearsal of \`${id}\` did not end in time. Nothing was sent to the target.`);
  if (outcome.kind === "failed") {
    // A server that is gone says nothing against the migration.
    await (await database.connect()).end();
    throw new ApplyError(
      `The rehearsal of \`${id}\` fails: ${describeFailure(outcome.failure)} ${["Nothing was sent to the target.", ...unlike].join(" ")}`,
    );
  }
  return snapshot();
}

/** What was sent up to now, by revision and direction. */
function recordedReports({
  recorded: { recorder },
  versionTables,
}: RehearsalStage): (id: string, direction: Direction) => readonly StatementReport[] {
  const { statements } = recorder.recording();
  const roles = rolesOf(statements, versionTables);
  return (id, direction) =>
    recordedRevision(statements, { id, downgrade: "present" } as Revision, { roles, fingerprint })[direction] ?? [];
}
