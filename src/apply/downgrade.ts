import type { DowngradeReport, Loss } from "../apply-report.ts";
import { UsageError } from "../errors.ts";
import type { Revision } from "../history.ts";
import { planDigest } from "../plan/seal-plan.ts";
import { withAncestors } from "../replay/range.ts";
import { carryOut } from "./carry-out.ts";
import { earlyLook } from "./early-look.ts";
import { lossOf } from "./loss.ts";
import type { FoundStanding } from "./read-standing.ts";
import { getReady } from "./ready.ts";
import { onTarget } from "./server-trouble.ts";
import { ledgerRun, lockHistory, openWorkplace, type WorkOptions, type Workplace } from "./workplace.ts";

/** What to take back, where, and how. */
export interface DowngradeOptions extends WorkOptions {
  /** How many revisions. Exclusive with `to`. */
  readonly count?: number;
  /** The revision that stays, with all it stands on; everything applied beside that goes. `base` for everything. */
  readonly to?: string;
  /** Asked with what would be lost, before anything is sent. */
  readonly confirm: (losses: readonly Loss[], revisions: readonly string[]) => Promise<boolean>;
}

/**
 * Takes applied revisions back, through the project's own tool, under the same lock, guard and ledger as `apply`.
 * @throws ApplyError when it must not or could not be done
 * @throws UsageError when the options name nothing that can be taken back
 */
export async function downgrade(options: DowngradeOptions): Promise<DowngradeReport> {
  if ((options.count === undefined) === (options.to === undefined))
    throw new UsageError("Say how far to go back: with -n NUMBER, or with --to REVISION.");
  await using workplace = await openWorkplace(options);
  const { project, target, client } = workplace;
  return await onTarget(target.description, async () => {
    await refuseEarly(workplace, options);
    const lock = await lockHistory(workplace, options);
    await using ready = await getReady(workplace, "down", (standing, ordered) => chosen(standing, ordered, options));
    const revisions = ready.rehearsed.revisions.map(({ revision }) => revision.id);
    const losses = await lossOf(client, ready.rehearsed.revisions);
    const report = {
      schemaVersion: 1,
      project: project.name,
      tool: project.tool,
      target: target.description,
      plan: planDigest(ready.rehearsed.plan),
      losses,
      overridden: ready.overridden,
      unlike: ready.rehearsed.unlike,
      uncommitted: workplace.found.uncommitted,
    } as const;
    if (!(await options.confirm(losses, revisions))) return { ...report, outcome: "declined", reverted: [] };
    await lock.verify();
    const reverted = await carryOut(workplace, lock, ready, ledgerRun(workplace, ready, options, "down"));
    return { ...report, reverted, outcome: "reverted" };
  });
}

/** What an early look shows to be impossible is said before a server is started for it. */
async function refuseEarly(workplace: Workplace, options: DowngradeOptions) {
  const early = await earlyLook(workplace);
  if (early === undefined || early.standing.unknown.length > 0 || early.standing.unfinished !== undefined) return;
  chosen(early.standing, early.revisions, options);
}

/** The revisions to take back, the last one first. A half reverted one is among them, and first. */
function chosen(
  { applied, half }: FoundStanding,
  ordered: readonly Revision[],
  { count, to }: DowngradeOptions,
): readonly string[] {
  const there = ordered.filter(({ id }) => applied.has(id));
  if (half?.direction === "down" && applied.has(half.revision) && there.at(-1)?.id !== half.revision)
    throw new UsageError(`\`${half.revision}\` is half taken back, and is not the last: finish it by hand.`);
  if (there.length === 0) throw new UsageError("Nothing is applied, so that nothing can be taken back.");
  if (count !== undefined) {
    if (count > there.length)
      throw new UsageError(
        `Only ${there.length} ${there.length === 1 ? "revision is" : "revisions are"} applied; ${count} cannot be taken back.`,
      );
    return there
      .slice(there.length - count)
      .map(({ id }) => id)
      .toReversed();
  }
  if (to !== "base" && !applied.has(to ?? ""))
    throw new UsageError(`The revision ${to} is not applied. \`headgate status\` shows what is.`);
  const kept = to === "base" ? new Set<string>() : withAncestors(new Set([to ?? ""]), ordered);
  const going = there.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  if (going.length === 0) throw new UsageError(`\`${to}\` is where the database is; there is nothing to take back.`);
  return going.toReversed();
}
