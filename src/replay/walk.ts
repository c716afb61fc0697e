import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { StepOutcome } from "../sessions/session.ts";
import { upgradeFails } from "./judge.ts";
import type { Stage } from "./stage.ts";
import type { HungStep } from "./steps.ts";
import { fail, ReplayEnded, timed, type Tally } from "./tally.ts";

/** What to replay. */
export interface ReplayPlan {
  /** Applied first, unexamined: what the database already has. Parents come before their children. */
  readonly earlier: readonly Revision[];
  /** Whether the schema that the project starts from contains revisions that would have been examined. */
  readonly startsBehind?: boolean;
  /** Taken up, down and up again, each with the catalog compared. Parents come before their children. */
  readonly replayed: readonly Revision[];
  /** Why a revision needs no way back, by id. */
  readonly oneWay: ReadonlyMap<string, string>;
  /** Puts rows there before the first upgrade of a revision. */
  readonly sample?: (revision: string) => Promise<void>;
  /** Puts the same rows there before the first of several revisions, as far as there is a place for them yet. */
  readonly earlySample?: (revision: string) => Promise<void>;
  /** Whether several are also upgraded as the tool's own command does it. Default: true. */
  readonly atOnce?: boolean;
  /** Revisions that say that rows decide what they send. Default: none. */
  readonly rowsDecide?: ReadonlySet<string>;
  /** Said when the tool knows no way back at all: "Flyway's migrations are forward only". */
  readonly forwardOnly: string;
  /** Whether the second upgrade of each runs while others sit on the tables that it locks. Default: true. */
  readonly probesOutage?: boolean;
  /** What a finding weighs here that depends on how the project is deployed; `undefined` where it is switched off. */
  readonly weigh?: (finding: Finding) => Finding | undefined;
  readonly onProgress?: (step: string) => void;
}

/** A replay under way. */
export interface Walk {
  readonly stage: Stage;
  readonly plan: ReplayPlan;
  readonly tally: Tally;
  /** The catalog before the first replayed revision. */
  readonly start: Catalog;
}

/**
 * Upgrades that must work: what comes before the new revisions, and going back to where the walk was.
 * @throws ReplayEnded when one fails
 */
export async function upgradeAll(
  { stage, plan, tally }: Omit<Walk, "start">,
  revisions: readonly Revision[],
  upgrade: (ids: readonly string[]) => Promise<StepOutcome | HungStep> = stage.upgrade,
): Promise<void> {
  if (revisions.length === 0) return;
  const outcome = await timed(tally, "upgrade", undefined, () => upgrade(ids(revisions)));
  if (outcome.kind === "done") return;
  const failed = outcome.failure.revision;
  const isEarlier = plan.earlier.some(({ id }) => id === failed);
  fail(tally, "upgrade", failed, upgradeFails(outcome.failure, revisionNamed(plan, failed), isEarlier));
  throw new ReplayEnded(`\`${failed}\` could not be applied`);
}

/** The revision of the plan with this id. */
export const revisionNamed = ({ earlier, replayed }: ReplayPlan, wanted: string): Revision | undefined =>
  replayed.find(({ id }) => id === wanted) ?? earlier.find(({ id }) => id === wanted);

/** The ids of revisions. */
export const ids = (revisions: readonly Revision[]): string[] => revisions.map(({ id }) => id);
