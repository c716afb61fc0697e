import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import type { Check } from "../verdict.ts";
import { runsAtOnce, upgradeAtOnce } from "./at-once.ts";
import { backAndForth } from "./back-and-forth.ts";
import { conclude } from "./conclude.ts";
import { processNotVaried } from "./determinism.ts";
import { applyForwardOnlyAgain } from "./forward-only.ts";
import { oneWay, stepWarnings, upgradeFails } from "./judge.ts";
import type { Stall } from "./outage.ts";
import { tablesInUse, upgradeBesideOthers } from "./beside-others.ts";
import type { Stage } from "./stage.ts";
import { emptyTally, fail, ReplayEnded, timed } from "./tally.ts";
import { upgradeAll, type ReplayPlan, type Walk } from "./walk.ts";
import { wholeRange } from "./whole-range.ts";

/** What the replay came to. */
export interface ReplayResult {
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
  /** The catalog before the first replayed revision, and after each in their order; absent when not all could be applied. */
  readonly catalogs?: { readonly start: Catalog; readonly after: readonly Catalog[] };
  /** What stopped while an upgrade waited for its locks. */
  readonly stalls: readonly Stall[];
}

/**
 * Brings the database to where the new revisions start, takes each new revision up, down and up again, then all of them
 * down and up once more, and at last as the tool's own command applies what is pending, and compares the catalog at every
 * step. A downgrade that fails or differs is reported, and the replay goes on from a clean copy, so that one bad revision
 * does not hide the next.
 */
export async function replay(stage: Stage, plan: ReplayPlan): Promise<ReplayResult> {
  const tally = emptyTally();
  let ended: string | undefined;
  /** The catalogs before and behind each: `states[n]` is that before revision `n`. */
  const states: Catalog[] = [];
  try {
    plan.onProgress?.(`applying ${plan.earlier.length} earlier revisions`);
    await upgradeAll({ stage, plan, tally }, plan.earlier, stage.noted);
    // A copy is made while nobody is connected: before somebody has come to look.
    if (plan.replayed.length > 0) await stage.checkpoint();
    const start = await stage.snapshot();
    states.push(start);
    if (plan.replayed.length > 0) await takeEach({ stage, plan, tally, start }, states);
  } catch (error) {
    if (!(error instanceof ReplayEnded)) throw error;
    ended = error.message;
  }
  const [start, ...after] = states;
  const catalogs = start && after.length > 0 && after.length === plan.replayed.length ? { start, after } : undefined;
  return {
    checks: conclude(plan, tally, ended),
    findings: tally.findings,
    stalls: tally.stalls,
    ...optional("catalogs", catalogs),
  };
}

/** Takes each new revision up, down and up, then all of them together. Adds the catalog behind each to `states`. */
async function takeEach(walk: Walk, states: Catalog[]): Promise<void> {
  const { stage, plan, tally, start } = walk;
  const { replayed } = plan;
  const forwardOnly = new Set<Revision>();
  /** How many revisions the remembered state has. */
  let remembered = 0;
  /** The first revision from which on each can be taken back. */
  let backableFrom = 0;
  /** Whether every way back led back. */
  let sound = true;
  let current = start;
  const remember = async (count: number) => {
    await stage.checkpoint();
    remembered = count;
  };

  if (runsAtOnce(walk)) await stage.keep();
  for (const [index, revision] of replayed.entries()) {
    plan.onProgress?.(`${revision.id} up, down, up (${index + 1} of ${replayed.length})`);
    const before = current;
    await upgradeFirst(walk, revision);
    const reading = stage.snapshot().then((catalog) => {
      states.push(catalog);
      return catalog;
    });
    // Whoever awaits it is told.
    reading.catch(() => {});
    let reached = reading;

    const reason = plan.oneWay.get(revision.id);
    if (reason !== undefined) tally.findings.push(oneWay(revision, reason));
    if (reason !== undefined || revision.downgrade === "unsupported") {
      backableFrom = index + 1;
      forwardOnly.add(revision);
      // Where nothing leads back to before it, a copy does.
      if (tablesInUse(walk, revision, "up").length > 0) {
        await stage.restore();
        await upgradeAll(walk, replayed.slice(remembered, index));
        await upgradeAll(walk, [revision], () => upgradeBesideOthers(walk, revision));
        await remember(index + 1);
      }
    } else if (!(await backAndForth(walk, revision, before, reading))) {
      sound = false;
      await stage.restore();
      await upgradeAll(walk, replayed.slice(remembered, index + 1));
      await remember(index + 1);
      reached = stage.snapshot();
    }
    current = await reached;
  }
  if (sound) {
    await wholeRange(walk, replayed.slice(backableFrom), states[backableFrom] as Catalog, current);
    const steps = replayed.map((revision, index) => ({
      revision,
      after: states[index + 1] as Catalog,
      forwardOnly: forwardOnly.has(revision),
    }));
    await applyForwardOnlyAgain(walk, steps.slice(remembered, backableFrom));
  }
  const { untried } = await stage.otherSurroundings();
  if (untried !== undefined) tally.findings.push(processNotVaried(untried));
  if (runsAtOnce(walk)) await upgradeAtOnce(walk, current);
}

/** The first upgrade of a revision. @throws ReplayEnded when it fails */
async function upgradeFirst({ stage, plan, tally }: Walk, revision: Revision): Promise<void> {
  await plan.sample?.(revision.id);
  const up = await timed(tally, "upgrade", revision, () => stage.recorded(revision.id, "up"));
  if (up.kind === "failed") {
    fail(tally, "upgrade", revision.id, upgradeFails(up.failure, revision));
    throw new ReplayEnded(`\`${revision.id}\` could not be applied`);
  }
  tally.done.upgrade++;
  tally.findings.push(...stepWarnings(up.warnings, revision, "up"));
}
