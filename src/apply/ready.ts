import type pg from "pg";
import type { Catalog } from "../catalog/catalog.ts";
import { compareCatalogs } from "../catalog/difference.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import { ApplyError, type EngineError } from "../errors.ts";
import type { Direction } from "../finding.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import { comparison, driftOf, type Drift } from "./drift.ts";
import { leftByOldContent } from "./old-content.ts";
import { readOverrides, type Override } from "./overrides.ts";
import type { Production } from "./production.ts";
import { readStanding, type FoundStanding } from "./read-standing.ts";
import { againRefusal, driftRefusal, oneWayRefusal, refusalsOf, unreviewedRefusal, type Refusal } from "./refusal.ts";
import { openRehearsal, type Rehearsal } from "./rehearsal.ts";
import type { Rehearsed, RehearsedRevision } from "./rehearsed.ts";
import { withoutUnfinished } from "./unfinished.ts";
import type { Review } from "./reviewed-plan.ts";
import { isConnectionFailure } from "./server-trouble.ts";
import { readTraits } from "./traits.ts";
import type { Workplace } from "./workplace.ts";

/** What is to be done, rehearsed, with nothing against it. */
export interface Ready extends AsyncDisposable {
  readonly ordered: Rehearsal["ordered"];
  readonly versionTable?: string;
  readonly standing: FoundStanding;
  readonly rehearsed: Rehearsed;
  /** What differs and was allowed to. */
  readonly drift: Drift;
  readonly overridden: readonly Override[];
}

/**
 * Finds out where the target stands, rehearses the steps that are chosen from there, and refuses what may not be done.
 * @throws ApplyError with the reason
 */
export async function getReady(
  { project, repository, target, client, servers, allow, environment, onProgress }: Workplace,
  direction: Direction,
  choose: (standing: FoundStanding, ordered: Rehearsal["ordered"]) => readonly string[],
  review?: Review,
): Promise<Ready> {
  const allowed = readOverrides(allow);
  const traits = await readTraits(client);
  const rehearsal = await openRehearsal(project, repository, traits, { servers, environment, onProgress });
  await using opened = new AsyncDisposableStack();
  opened.use(rehearsal);
  const { ordered, versionTable } = rehearsal;
  const standing = await readStanding(client, project, ordered, repository.files, versionTable);
  const overridden = refuseUnless(allowed, refusalsOf(standing, project, direction), direction, target);
  const known = new Set(ordered.map(({ id }) => id));
  const steps = choose(standing, ordered);
  const repeated = ordered.filter(({ id }) => standing.again.includes(id) && steps.includes(id));
  const there = repeated.length === 0 ? undefined : await catalogOf(client);
  const lacks =
    there &&
    ((start: Catalog) => leftByOldContent(repeated, repository.files, there, start, comparison(project, rehearsal)));
  const rehearsed = await rehearsal.record(standing.applied.intersection(known), steps, direction, lacks);
  const unreviewed = (await review?.(rehearsed.plan)) ?? [];
  const actual = driftOf(rehearsed.start, await catalogOf(client), comparison(project, rehearsal));
  const half = standing.half ? [standing.half.revision] : [];
  const drift = withoutUnfinished(actual, rehearsed, new Set([...standing.again, ...half]));
  const again = direction === "up" ? rehearsed.revisions.filter((step) => leavesNoTrace(step, standing)) : [];
  const oneWay = direction === "down" ? rehearsed.revisions.filter(undoesNothing) : [];
  const late = [
    ...(oneWay.length > 0 ? [oneWayRefusal(oneWay.map(({ revision }) => revision.id))] : []),
    ...(again.length > 0 ? [againRefusal(again.map(({ revision }) => revision.id))] : []),
    ...(unreviewed.length > 0 ? [unreviewedRefusal(unreviewed)] : []),
    ...(drift.size > 0 ? [driftRefusal(drift)] : []),
  ];
  const overriddenLate = refuseUnless(allowed, late, direction, target);
  const kept = opened.move();
  return {
    ordered,
    ...(versionTable === undefined ? {} : { versionTable }),
    standing,
    rehearsed,
    drift,
    overridden: [...overridden, ...overriddenLate],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Whether it was applied before, and a schema that is as it was before it says nothing of whether that was undone. */
const leavesNoTrace = ({ revision, before, after }: RehearsedRevision, { forgotten }: FoundStanding): boolean =>
  forgotten.includes(revision.id) && compareCatalogs(before, after).length === 0;

/** Whether its downgrade does nothing where its upgrade does something, as far as its text says. */
const undoesNothing = ({ revision, reports, before, after }: RehearsedRevision): boolean =>
  revision.upgrade !== "absent" &&
  compareCatalogs(before, after).length === 0 &&
  reports.every(
    ({ role, sql }) => role !== "migration" || /^(?:select|show|set|reset)\b/i.test(withoutLeadingComments(sql)),
  );

/** The target's; that its connection broke is told as such. */
const catalogOf = (client: pg.ClientBase): Promise<Catalog> =>
  readCatalog(client).catch((error: EngineError) => {
    throw isConnectionFailure(error.cause) ? error.cause : error;
  });

function refuseUnless(
  allowed: ReadonlySet<Override>,
  refusals: readonly Refusal[],
  direction: Direction,
  { description }: Production,
): readonly Override[] {
  const standing = refusals.filter(({ override }) => override === undefined || !allowed.has(override));
  if (standing.length === 0) return refusals.flatMap(({ override }) => override ?? []);
  const reasons = standing.map(({ reason, override }) =>
    override === undefined
      ? reason
      : `${reason} \`--allow ${override}\` ${direction === "up" ? "applies" : "takes it back"} all the same.`,
  );
  throw new ApplyError(
    `${direction === "up" ? "Nothing was applied to" : "Nothing was taken back on"} ${description}. ${reasons.join(" ")}`,
  );
}
