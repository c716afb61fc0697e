import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import { ApplyError, ConfigurationError } from "../errors.ts";
import type { Revision } from "../history.ts";
import { isRepeatable } from "../lineage/repeatable.ts";
import { describeFailure } from "../replay/findings.ts";
import { cutHistory } from "../replay/range.ts";
import { makeObjects } from "./old-content.ts";
import type { RehearsalStage } from "./rehearsal-stage.ts";

/** Where the target stands, on the rehearsal's database. */
export interface RehearsalStart {
  readonly catalog: Catalog;
  /** In what it is not like the target, in sentences. */
  readonly unlike: readonly string[];
}

/** The label of what is sent for those that are applied already. */
export const replayStep = { revision: " replay", direction: "up" } as const;

/**
 * Replays what the target has applied.
 * @param lacks what the target has beside that, to be made before what runs again is replayed
 * @throws ApplyError when it cannot be replayed, ConfigurationError when `start` says otherwise than the target
 */
export async function bringToStart(
  stage: RehearsalStage,
  applied: ReadonlySet<string>,
  lacks?: (start: Catalog) => readonly CatalogObject[],
): Promise<RehearsalStart> {
  const { project, ordered, recorded, snapshot, onProgress } = stage;
  const { stamped } = cutHistory(ordered, project, ({ id }) => !applied.has(id));
  // As the target has them, also when something before them is pending.
  const earlier = ordered.filter((revision) => applied.has(revision.id) && !stamped.includes(revision));
  const ahead = stamped.filter(({ id }) => !applied.has(id));
  if (ahead.length > 0)
    throw new ConfigurationError(
      `The project ${project.name} starts at ${project.start?.revision}, but the target has not applied ${ahead[0]?.id}. Correct \`start\` in the configuration.`,
    );
  if (stamped.length > 0) await recorded.session.stamp(stamped.map(({ id }) => id));
  if (earlier.length > 0) onProgress(`rehearsal: replaying ${earlier.length} applied revisions`);
  const make = async (objects: readonly CatalogObject[]): Promise<readonly string[]> =>
    objects.length === 0 ? [] : recorded.database.withClient((client) => makeObjects(client, objects));
  let lacking: readonly string[] = [];
  if (lacks === undefined) await replay(stage, earlier);
  else {
    // What runs again has to be there before what stands on it.
    const isLater = (revision: Revision) => isRepeatable(revision, project);
    await replay(
      stage,
      earlier.filter((revision) => !isLater(revision)),
    );
    await make(lacks(await snapshot()));
    await replay(stage, earlier.filter(isLater));
    lacking = await make(lacks(await snapshot()));
  }
  const unlike = [...stage.unlike, ...(await stage.alignExtensions()), ...lacking];
  return { catalog: await snapshot(), unlike };
}

async function replay({ recorded, unlike }: RehearsalStage, revisions: readonly Revision[]): Promise<void> {
  if (revisions.length === 0) return;
  const { recorder, stage } = recorded;
  recorder.label(replayStep, false);
  const replayed = await stage.upgrade(revisions.map(({ id }) => id));
  recorder.label(undefined);
  if (replayed.kind === "hung") throw new ApplyError("The rehearsal of what is applied already did not end in time.");
  if (replayed.kind === "failed")
    throw new ApplyError(
      `What the target has applied cannot be replayed, so that nothing can be rehearsed: \`${replayed.failure.revision}\` fails: ${describeFailure(replayed.failure)} ${["Nothing was sent to the target.", ...unlike].join(" ")}`,
    );
}
