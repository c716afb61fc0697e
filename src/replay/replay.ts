import type { Catalog } from "../catalog/catalog.ts";
import { EngineError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { optional } from "../optional.ts";
import type { Revision } from "../history.ts";
import type { StepFailure, StepOutcome } from "../sessions/session.ts";
import type { Check } from "../verdict.ts";
import {
  downgradeDiffers,
  downgradeFails,
  hangs,
  oneWay,
  reupgradeDiffers,
  reupgradeFails,
  stepWarnings,
  upgradeFails,
} from "./judge.ts";
import type { Stall } from "./outage.ts";
import { planDiffers, sentDifference, type Deviation, type SentScript } from "./determinism.ts";
import { relevantDifferences } from "./relevant-differences.ts";
import type { Stage } from "./stage.ts";
import type { HungStep } from "./steps.ts";

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
  /** Said when the tool knows no way back at all: "Flyway's migrations are forward only". */
  readonly forwardOnly: string;
  /** Whether the second upgrade of each runs while others sit on the tables that it locks. Default: true. */
  readonly probesOutage?: boolean;
  readonly onProgress?: (step: string) => void;
}

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
 * SQLSTATEs that blame the machine and not the migration: out of disk or memory, shut down, crashed, I/O errors. A file
 * that is not there (58P01) is a migration's own: an extension's, before PostgreSQL 16, or that of a COPY.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const serverFaults = /^(?:53|580|57P0[123])/;

/** `lock_not_available`, `query_canceled` and `deadlock_detected`. */
const timedOut: ReadonlySet<string> = new Set(["55P03", "57014", "40P01"]);

type Phase = "upgrade" | "downgrade" | "reupgrade";

/** The bookkeeping of a replay: which phase found what, and how long each took. */
interface Tally {
  readonly findings: Finding[];
  readonly stalls: Stall[];
  readonly failures: Record<Phase, string[]>;
  readonly durationMs: Record<Phase, number>;
  readonly done: Record<Phase, number>;
}

/** Thrown inside the replay only, when no later step makes sense; what was found is in the tally. */
class ReplayEnded extends Error {}

/**
 * Brings the database to where the new revisions start, takes each new revision up, down and up again, then all of them
 * down and up once more, and compares the catalog at every step. A downgrade that fails or differs is reported, and the
 * replay goes on from a clean copy, so that one bad revision does not hide the next.
 */
export async function replay(stage: Stage, plan: ReplayPlan): Promise<ReplayResult> {
  const tally: Tally = {
    findings: [],
    stalls: [],
    failures: { upgrade: [], downgrade: [], reupgrade: [] },
    durationMs: { upgrade: 0, downgrade: 0, reupgrade: 0 },
    done: { upgrade: 0, downgrade: 0, reupgrade: 0 },
  };
  let ended: string | undefined;
  let catalogs: ReplayResult["catalogs"];
  try {
    catalogs = await walk(stage, plan, tally);
  } catch (error) {
    if (!(error instanceof ReplayEnded)) throw error;
    ended = error.message;
  }
  return {
    checks: conclude(plan, tally, ended),
    findings: tally.findings,
    stalls: tally.stalls,
    ...optional("catalogs", catalogs),
  };
}

async function walk(stage: Stage, plan: ReplayPlan, tally: Tally): Promise<ReplayResult["catalogs"]> {
  const { earlier, replayed, oneWay: reasons } = plan;
  const fail = (phase: Phase, revision: string, finding: Finding) => {
    tally.findings.push(finding);
    tally.failures[phase].push(revision);
  };
  const timed = async (phase: Phase, step: () => Promise<StepOutcome | HungStep>, during: Revision | undefined) => {
    const startedAt = performance.now();
    const outcome = await step();
    tally.durationMs[phase] += performance.now() - startedAt;
    if (outcome.kind === "hung") {
      fail(phase, during?.id ?? "", hangs(outcome, during, phase === "downgrade" ? "down" : "up"));
      throw new ReplayEnded(`${during === undefined ? "a step" : `\`${during.id}\``} did not end in time`);
    }
    if (outcome.kind === "failed" && serverFaults.test(outcome.failure.sqlState ?? ""))
      throw new EngineError(`PostgreSQL could not go on: ${outcome.failure.message}`);
    return outcome;
  };
  const byId = new Map([...earlier, ...replayed].map((revision) => [revision.id, revision]));
  /** Upgrades that must work: what comes before the new revisions, and going back to where we were. */
  const upgradeAll = async (revisions: readonly Revision[], upgrade = stage.upgrade) => {
    if (revisions.length === 0) return;
    const outcome = await timed("upgrade", () => upgrade(ids(revisions)), undefined);
    if (outcome.kind === "done") return;
    const revision = byId.get(outcome.failure.revision);
    fail("upgrade", outcome.failure.revision, upgradeFails(outcome.failure, revision));
    throw new ReplayEnded(`\`${outcome.failure.revision}\` could not be applied`);
  };

  plan.onProgress?.(`applying ${earlier.length} earlier revisions`);
  await upgradeAll(earlier, stage.noted);
  const start = await stage.snapshot();
  if (replayed.length === 0) return undefined;
  await stage.checkpoint();
  let rememberedAt = 0;
  /** Where every replayed revision after this index can be taken back in one go. */
  let noReturnUpTo = 0;
  const forwardOnly = new Set<Revision>();
  let sound = true;
  let current = start;
  const states: Catalog[] = [start];

  for (const [index, revision] of replayed.entries()) {
    plan.onProgress?.(`${revision.id} up, down, up (${index + 1} of ${replayed.length})`);
    const before = current;
    const up = await timed("upgrade", () => stage.recorded(revision.id, "up"), revision);
    if (up.kind === "failed") {
      fail("upgrade", revision.id, upgradeFails(up.failure, revision));
      throw new ReplayEnded(`\`${revision.id}\` could not be applied`);
    }
    tally.done.upgrade++;
    tally.findings.push(...stepWarnings(up.warnings, revision, "up"));
    current = await stage.snapshot();
    states[index + 1] = current;

    const reason = reasons.get(revision.id);
    if (reason !== undefined) tally.findings.push(oneWay(revision, reason));
    if (reason !== undefined || revision.downgrade === "unsupported") {
      noReturnUpTo = index + 1;
      forwardOnly.add(revision);
      // Where nothing leads back to before it, a copy does.
      if (tablesInUse(revision).length > 0) {
        await stage.restore();
        await upgradeAll(replayed.slice(rememberedAt, index));
        await upgradeAll([revision], () => upgradeAgain(revision));
        await stage.checkpoint();
        rememberedAt = index + 1;
      }
      continue;
    }

    const problem = await goBackAndForth(revision, before, current);
    if (problem === undefined) continue;
    sound = false;
    await stage.restore();
    await upgradeAll(replayed.slice(rememberedAt, index + 1));
    await stage.checkpoint();
    rememberedAt = index + 1;
    current = await stage.snapshot();
  }
  if (sound) await wholeRange();
  if (sound) await applyElsewhere();
  return { start, after: states.slice(1) };

  /** The tables that an application could be using while this revision locks them: those that were there at the start. */
  function tablesInUse({ id }: Revision): readonly string[] {
    if (plan.probesOutage === false) return [];
    return stage
      .blockedTables(id)
      .filter((name) => ["table", "materialized view"].some((kind) => start.objects.has(`${kind} ${name}`)));
  }

  /** The second upgrade shows, beside whether it works, what stops while it waits for somebody who is on its tables. */
  async function upgradeAgain(revision: Revision): Promise<StepOutcome | HungStep> {
    const tables = tablesInUse(revision);
    if (tables.length === 0) return stage.upgrade([revision.id]);
    const { outcome, stalls } = await stage.parked(revision.id, tables);
    tally.stalls.push(...stalls);
    // A migration's own time limit struck while it waited for us.
    if (outcome.kind !== "failed" || !timedOut.has(outcome.failure.sqlState ?? "")) return outcome;
    stage.afresh(revision.id);
    return stage.upgrade([revision.id]);
  }

  /** Down and up again; the finding, if there is one, is reported here. */
  async function goBackAndForth(revision: Revision, before: Catalog, after: Catalog): Promise<Finding | undefined> {
    const report = (phase: Phase, finding: Finding) => {
      fail(phase, revision.id, finding);
      return finding;
    };
    const down = await timed("downgrade", () => stage.recorded(revision.id, "down"), revision);
    if (down.kind === "failed") return report("downgrade", downgradeFails(down.failure, revision));
    tally.done.downgrade++;
    tally.findings.push(...stepWarnings(down.warnings, revision, "down"));
    const back = await stage.snapshot();
    const notRestored = relevantDifferences(before, back);

    const settings = await stage.otherSettings();
    const second = await again(revision, settings, () => upgradeAgain(revision));
    if (notRestored.length > 0) {
      // One fault, one finding: the second upgrade on a schema that was not restored only shows what it leads to.
      const consequence = second.failure;
      if (consequence) tally.failures.reupgrade.push(revision.id);
      return report(
        "downgrade",
        downgradeDiffers(notRestored, relevantDifferences(after, back), revision, consequence),
      );
    }
    const deviation = await deviationOf(revision, after, second);
    if (deviation !== undefined) {
      // The settings may be at fault, or the second time: a third upgrade with the usual ones tells.
      if (deviation.kind !== "fails") await timed("downgrade", () => stage.downgrade([revision.id]), revision);
      const third = await again(revision, undefined, () => stage.upgrade([revision.id]));
      const lasting = await deviationOf(revision, after, third);
      if (lasting?.kind === "fails") return report("reupgrade", reupgradeFails(lasting.failure, revision));
      if (lasting?.kind === "catalog") return report("reupgrade", reupgradeDiffers(lasting.differences, revision));
      if (lasting === undefined) tally.findings.push(planDiffers(revision, deviation, settings));
      else if (sentDifference(second.sent, third.sent) !== undefined)
        tally.findings.push(planDiffers(revision, lasting, undefined));
    }
    tally.done.reupgrade++;
    return undefined;
  }

  /** One more upgrade of a revision that was taken back, in sessions with these settings. */
  async function again(
    revision: Revision,
    settings: ReadonlyMap<string, string> | undefined,
    upgrade: () => Promise<StepOutcome | HungStep>,
  ): Promise<{ readonly failure?: StepFailure; readonly sent: SentScript }> {
    let sent: SentScript = [];
    const outcome = await timed(
      "reupgrade",
      async () => {
        const repeated = await stage.again(settings, revision.id, upgrade);
        sent = repeated.sent;
        return repeated.outcome;
      },
      revision,
    );
    return { sent, ...(outcome.kind === "failed" && { failure: outcome.failure }) };
  }

  /** How an upgrade was other than the first; nothing when it was the same. */
  async function deviationOf(
    revision: Revision,
    after: Catalog,
    { failure, sent }: { readonly failure?: StepFailure; readonly sent: SentScript },
  ): Promise<Deviation | undefined> {
    if (failure) return { kind: "fails", failure };
    const differences = relevantDifferences(after, await stage.snapshot());
    if (differences.length > 0) return { kind: "catalog", differences };
    const difference = sentDifference(stage.sentFirst(revision.id), sent);
    return difference === undefined ? undefined : { kind: "sent", difference };
  }

  /** What nothing leads back from is applied once more to a copy of the beginning, in sessions with other settings. */
  async function applyElsewhere(): Promise<void> {
    const copied = replayed.slice(rememberedAt, noReturnUpTo);
    if (!copied.some((revision) => forwardOnly.has(revision))) return;
    plan.onProgress?.("what has no way back, once more");
    const settings = await stage.otherSettings();
    await stage.restore();
    for (const [index, revision] of copied.entries()) {
      if (!forwardOnly.has(revision)) {
        await upgradeAll([revision]);
        continue;
      }
      const after = states[rememberedAt + index + 1] as Catalog;
      const second = await again(revision, settings, () => stage.upgrade([revision.id]));
      const deviation = await deviationOf(revision, after, second);
      if (deviation === undefined) continue;
      await stage.restore();
      await upgradeAll(copied.slice(0, index));
      const third = await again(revision, undefined, () => stage.upgrade([revision.id]));
      const lasting = await deviationOf(revision, after, third);
      tally.findings.push(planDiffers(revision, lasting ?? deviation, lasting ? undefined : settings));
      if (lasting?.kind === "fails") return;
    }
  }

  /** All new revisions down in one go and up again: what a release of several is taken back by. */
  async function wholeRange(): Promise<void> {
    const range = replayed.slice(noReturnUpTo);
    if (range.length < 2) return;
    plan.onProgress?.(`all ${range.length} down and up again`);
    const last = range.at(-1) as Revision;
    const down = await timed("downgrade", () => stage.rangeDown(ids(range)), undefined);
    if (down.kind === "failed")
      return fail(
        "downgrade",
        down.failure.revision,
        downgradeFails(down.failure, byId.get(down.failure.revision), range),
      );
    const notRestored = relevantDifferences(states[noReturnUpTo] as Catalog, await stage.snapshot());
    if (notRestored.length > 0)
      return fail("downgrade", last.id, downgradeDiffers(notRestored, [], last, undefined, range));
    const again = await timed("reupgrade", () => stage.rangeUp(ids(range)), undefined);
    if (again.kind === "failed")
      return fail(
        "reupgrade",
        again.failure.revision,
        reupgradeFails(again.failure, byId.get(again.failure.revision), range),
      );
    const differences = relevantDifferences(current, await stage.snapshot());
    if (differences.length > 0) fail("reupgrade", last.id, reupgradeDiffers(differences, last, range));
  }
}

const ids = (revisions: readonly Revision[]): string[] => revisions.map(({ id }) => id);

const shownIds = 12;

function listed(revisions: readonly string[]): string {
  const shown = revisions.slice(0, shownIds).map((id) => `\`${id}\``);
  const more = revisions.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function conclude(plan: ReplayPlan, tally: Tally, ended: string | undefined): readonly Check[] {
  const { earlier, replayed } = plan;
  const backable = replayed.filter(({ id, downgrade }) => downgrade !== "unsupported" && !plan.oneWay.has(id));
  const nothing =
    replayed.length === 0
      ? plan.startsBehind
        ? "no revision comes after the schema that the project starts from (`start:` in headgate.yml)"
        : "no revision is new; use --replay all to take every revision up, down and up again"
      : backable.length > 0
        ? undefined
        : replayed.every(({ downgrade }) => downgrade === "unsupported")
          ? plan.forwardOnly
          : "every new revision is declared one-way";
  return (["upgrade", "downgrade", "reupgrade"] as const).map((id): Check => {
    const durationMs = Math.round(tally.durationMs[id]);
    const failed = [...new Set(tally.failures[id].filter(Boolean))];
    if (tally.failures[id].length > 0)
      return {
        id,
        status: "failed",
        reason: listed(failed) || "it did not end in time",
        durationMs,
      };
    if (ended !== undefined) return { id, status: "skipped", reason: `not finished: ${ended}`, durationMs };
    if (nothing !== undefined && (id !== "upgrade" || earlier.length + replayed.length === 0))
      return { id, status: "skipped", reason: nothing, durationMs };
    if (id === "reupgrade" && tally.done.reupgrade < backable.length)
      return { id, status: "skipped", reason: "a downgrade failed, so there was nothing to upgrade again", durationMs };
    return { id, status: "passed", durationMs };
  });
}
