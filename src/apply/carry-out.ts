import { readCatalog } from "../catalog/snapshot.ts";
import type { TakenRevision } from "../apply-report.ts";
import { ApplyError } from "../errors.ts";
import type { Direction } from "../finding.ts";
import { openSession } from "../sessions/open-session.ts";
import type { GuardEvent } from "../wire/guard.ts";
import { passable } from "./passable.ts";
import { compared, comparison, describeDrift, driftOf, madeBy, newDrift } from "./drift.ts";
import { joins } from "./joins.ts";
import { openLedger, type LedgerRun } from "./ledger.ts";
import type { DatabaseLock } from "./lock.ts";
import { changeLeft } from "./look-at-schema.ts";
import { historiesOf, readStanding } from "./read-standing.ts";
import type { Ready } from "./ready.ts";
import type { StepContext } from "./step-context.ts";
import { takeRevision } from "./take-revision.ts";
import { answerOf, leave } from "./patience.ts";
import { isConnectionFailure, refusedConnection, serverAnswer } from "./server-trouble.ts";
import { withoutUnfinished } from "./unfinished.ts";
import type { Workplace } from "./workplace.ts";

/**
 * Takes the rehearsed steps on production, one revision at a time, behind the guard, and looks after each at what it left.
 * @throws ApplyError at the first that cannot be taken, or leaves something else than in the rehearsal
 */
export async function carryOut(
  { project, repository, target, client, connect, environment, limits, allow, onProgress }: Workplace,
  lock: DatabaseLock,
  ready: Ready,
  run: LedgerRun & { readonly direction: Direction },
): Promise<readonly TakenRevision[]> {
  const { direction } = run;
  const { rehearsed, ordered, versionTable, drift } = ready;
  const observer = await connect();
  const ledger = await openLedger(client, run);
  let listener: ((event: GuardEvent) => Promise<void>) | undefined;
  await using wire = await target.openWire(limits, rehearsed.beginnings, async (event) => listener?.(event));
  await using session = await openSession({
    ...repository,
    environment,
    project,
    connection: wire.connection,
    timeLimitMs: repository.configuration["time-limit"],
    joins,
  });
  const stop = () => {
    session.kill();
    void wire[Symbol.asyncDispose]();
  };
  lock.lost.addEventListener("abort", stop);
  // Asked on a connection of its own: after a failure, any other may be dead without saying so.
  const isThere = async (id: string) => {
    const fresh = await target.connect("headgate");
    try {
      const { applied } = await answerOf(readStanding(fresh, project, ordered, repository.files, versionTable));
      return applied.has(id) === (direction === "up");
    } finally {
      await leave(fresh);
    }
  };
  const scope = comparison(project, ready);
  const context: StepContext = {
    project: project.name,
    histories: historiesOf(project, repository.files),
    session,
    wire,
    ledger,
    lock,
    client,
    observer,
    working: target.workingName,
    limits,
    allow,
    sessionStatements: rehearsed.session,
    isRecorded: isThere,
    onProgress,
    listen: (next) => (listener = next),
  };
  const here = { applied: [] as string[] };
  /** How the schema is left, when the last step that was taken has been looked at. */
  let noteSchema: () => Promise<void> = async () => {};
  await prepare(ready, context);
  const taken: TakenRevision[] = [];
  const [doing, done] = direction === "up" ? ["applying", "applied"] : ["taking back", "taken back"];
  for (const step of rehearsed.revisions) {
    const { id } = step.revision;
    onProgress(`${doing} ${id} (${taken.length + 1} of ${rehearsed.revisions.length})`);
    try {
      taken.push(await takeRevision(step, direction, context));
      if (!(await isThere(id)))
        throw new ApplyError(`\`${id}\` ran, and the version table does not say so. Run \`headgate status\`.`);
      here.applied.push(id);
      const still = new Set(ready.standing.again.filter((again) => !here.applied.includes(again)));
      const actual = await readCatalog(client);
      const now = driftOf(step.after, actual, scope);
      const surprise = newDrift(drift, withoutUnfinished(now, rehearsed, still));
      if (surprise.size > 0)
        throw new ApplyError(
          `\`${id}\` is ${done}, and left another schema than in the rehearsal: ${describeDrift(surprise).join("; ")}. Nothing after it was ${done}. Run \`headgate status\`.`,
        );
      const applied = appliedAfter(ready.standing.applied, here.applied, direction);
      noteSchema = async () => {
        const made = madeBy(step.after, scope);
        const left = compared(actual, made, scope);
        await ledger.write(id, { event: "left", ...(await changeLeft(context, { applied, made, left })) });
      };
    } catch (error) {
      await answerOf(noteSchema(), 5_000).catch(() => {});
      if (error instanceof ApplyError) throw new ApplyError(error.message, { cause: error, ...here });
      if (!isConnectionFailure(error)) throw error;
      const refused = refusedConnection(error);
      throw new ApplyError(
        `${refused === undefined ? `The connection to the target was lost at \`${id}\`` : `${refused} That was at \`${id}\``}, and nothing more was sent. Run \`headgate status\` when ${refused === undefined ? "it is back" : "there is one again"}: it says how to go on.`,
        { cause: error, ...here },
      );
    }
  }
  // All is done and recorded: a status that cannot say whether the schema is still so harms nobody.
  await answerOf(noteSchema()).catch(() => onProgress("how the schema was left could not be written down"));
  lock.lost.removeEventListener("abort", stop);
  return taken;
}

const appliedAfter = (before: ReadonlySet<string>, taken: readonly string[], direction: Direction) =>
  direction === "up" ? before.union(new Set(taken)) : before.difference(new Set(taken));

/** The tool's version table, made by the tool itself, before the first revision ever. */
async function prepare({ standing, rehearsed }: Ready, { session, wire, lock }: StepContext): Promise<void> {
  if (standing.versionTable !== undefined) return;
  await lock.verify();
  wire.begin({ revision: "", ...passable(rehearsed.preparation) });
  const failure = await session.prepare().then(
    () => undefined,
    (error: unknown) => error,
  );
  const { refusal } = await wire.end();
  await session.release().catch(() => {});
  if (refusal !== undefined) throw new ApplyError(`The version table could not be made: ${refusal.message}`);
  const answer = serverAnswer(failure);
  if (answer !== undefined)
    throw new ApplyError(
      `The version table could not be made: ${answer}. Nothing was applied. Run \`headgate apply\` again when the cause is gone.`,
      { cause: failure },
    );
  if (failure !== undefined) throw failure;
}
