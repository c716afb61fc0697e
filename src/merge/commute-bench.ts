import type { Catalog } from "../catalog/catalog.ts";
import { describeDifference } from "../catalog/describe.ts";
import { readCatalog } from "../catalog/snapshot.ts";
import type { EngineName } from "../engines/engine.ts";
import type { ServerPool } from "../engines/server-pool.ts";
import { createWorkDatabase, type WorkDatabase } from "../engines/work-database.ts";
import { ToolError } from "../errors.ts";
import { temporaryCheckout } from "../files/temporary-checkout.ts";
import { orderOf } from "../lineage/order.ts";
import type { MergeJudgement } from "./merge-judgement.ts";
import type { MergeTarget } from "./merge-target.ts";
import { optional } from "../optional.ts";
import type { PairAttempt } from "./pair-outcome.ts";
import { cutHistory } from "../replay/range.ts";
import { runPrelude } from "../replay/prelude.ts";
import { relevantDifferences } from "../replay/relevant-differences.ts";
import { limitedStep } from "../replay/steps.ts";
import { openSession } from "../sessions/open-session.ts";
import type { Session } from "../sessions/session.ts";
import { withinLimit } from "../sessions/within-limit.ts";
import { toolNamed } from "../tools/registry.ts";

/** A pull request that fits by itself. */
export interface Candidate {
  readonly number: number;
  readonly head: string;
  readonly judgement: Extract<MergeJudgement, { readonly kind: "judged" }>;
}

/** Where and how pairs are tried. */
export interface CommuteOptions {
  readonly engine?: EngineName | "auto";
  readonly postgres?: string;
  readonly image?: string;
  readonly databaseUrl?: string;
  readonly timeLimitMs?: number;
  /** What the projects' tools inherit, secrets removed. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress?: (step: string) => void;
}

/** One project's database, brought once to where the target is. */
export interface TestBench extends AsyncDisposable {
  try(first: Candidate, second: Candidate): Promise<PairAttempt>;
}

/**
 * Makes a bench; its server and database are started when they are first needed.
 * @param name the project's
 */
export function testBench(name: string, servers: ServerPool, target: MergeTarget, options: CommuteOptions): TestBench {
  let database: WorkDatabase | undefined;
  /** Whether the checkpoint holds the target's own migrations. */
  let isReady = false;

  return {
    async try(first, second) {
      const merged = target.both(
        { head: first.head, tree: first.judgement.tree },
        { head: second.head, tree: second.judgement.tree },
      );
      const project = merged?.projects.find((candidate) => candidate.name === name);
      if (merged === undefined || project === undefined)
        return { kind: "untried", reason: "git cannot merge both; whichever is merged second has to resolve that." };
      const { kind } = toolNamed(project.tool).runner(project);
      using checkout = kind === "driver" ? temporaryCheckout(merged.files, target.root) : undefined;
      if (database === undefined) {
        const server = await servers.server({
          ...optional("postgres", options.postgres ?? project.postgres ?? merged.configuration.postgres),
          ...optional("image", options.image ?? project.image ?? merged.configuration.image),
        });
        database = await createWorkDatabase(server, project.database ?? "headgate");
        await database.withClient((client) => runPrelude(client, merged.files, project));
        await database.checkpoint();
      }
      const work = database;
      const limitMs = options.timeLimitMs ?? merged.configuration["time-limit"];
      await using session = await openSession({
        root: checkout?.root ?? target.root,
        files: merged.files,
        project,
        connection: work.connection,
        environment: options.environment,
        timeLimitMs: limitMs,
      });
      const limited = <Result>(what: string, action: () => Promise<Result>) =>
        withinLimit(what, limitMs, () => session.kill(), action);
      const history = await limited("Reading the history", () => session.history());
      const clash = history.problems.find(({ kind }) => kind === "duplicate");
      if (clash !== undefined) return { kind: "differs", how: clash.message };
      const newIds = [first, second].map(
        ({ judgement }) => judgement.projects.find((one) => one.project.name === name)?.newIds ?? new Set<string>(),
      ) as [ReadonlySet<string>, ReadonlySet<string>];
      const ordered = orderOf(history);
      const { stamped, earlier } = cutHistory(ordered, project, ({ id }) => newIds.some((ids) => ids.has(id)));
      const idsOf = (ids: ReadonlySet<string>) => ordered.map(({ id }) => id).filter((id) => ids.has(id));
      const [ofFirst, ofSecond] = [idsOf(newIds[0]), idsOf(newIds[1])];

      const stage: Stage = { session, work, limitMs };
      const restored = async () => {
        await session.release();
        await work.restore();
      };
      await restored();
      if (!isReady) {
        await limited("Preparing the version table", () => session.prepare());
        if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
        const problem = await applied(
          stage,
          earlier.map(({ id }) => id),
        );
        if (problem !== undefined)
          return { kind: "untried", reason: `The migrations before both could not be applied: ${problem}` };
        await session.release();
        await work.checkpoint();
        isReady = true;
      }
      const one = await inOrder(stage, [first, ofFirst], [second, ofSecond]);
      if (one.kind !== "applied") return one;
      await restored();
      const other = await inOrder(stage, [second, ofSecond], [first, ofFirst]);
      if (other.kind !== "applied") return other;
      await session.release();
      const [difference, ...more] = relevantDifferences(one.catalog, other.catalog);
      if (difference === undefined) return { kind: "commutes" };
      const rest =
        more.length === 0 ? "" : `, and ${more.length} more ${more.length === 1 ? "object differs" : "objects differ"}`;
      const event = `merging #${second.number} before #${first.number}`;
      return { kind: "differs", how: `${describeDifference(difference, event)}${rest}.` };
    },
    async [Symbol.asyncDispose]() {
      await database?.[Symbol.asyncDispose]();
    },
  };
}

interface Stage {
  readonly session: Session;
  readonly work: WorkDatabase;
  readonly limitMs: number;
}

/** Applies the revisions of one pull request and then those of another, and reads what came of it. */
async function inOrder(
  stage: Stage,
  [before, itsRevisions]: readonly [Candidate, readonly string[]],
  [after, theirRevisions]: readonly [Candidate, readonly string[]],
): Promise<PairAttempt | { readonly kind: "applied"; readonly catalog: Catalog }> {
  const early = await applied(stage, itsRevisions);
  if (early !== undefined)
    return {
      kind: "untried",
      reason: `#${before.number} cannot be applied by itself, as its own check says: ${early}`,
    };
  const late = await applied(stage, theirRevisions);
  if (late !== undefined) return { kind: "differs", how: `#${after.number} fails after #${before.number}: ${late}` };
  await stage.session.release();
  return { kind: "applied", catalog: await stage.work.withClient(readCatalog) };
}

/** Applies revisions; gives why that failed, as a sentence, where it did. */
async function applied({ session, work, limitMs }: Stage, revisions: readonly string[]): Promise<string | undefined> {
  if (revisions.length === 0) return undefined;
  const outcome = await limitedStep(
    session,
    () => session.upgrade(revisions),
    limitMs,
    () => work.runningStatements(),
  );
  switch (outcome.kind) {
    case "done":
      return undefined;
    case "failed":
      return outcome.failure.message;
    case "hung":
      throw new ToolError(`The migrations took longer than ${Math.round(limitMs / 1000)} s and were ended.`);
    default:
      return outcome satisfies never;
  }
}
