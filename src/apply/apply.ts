import type { ApplyReport } from "../apply-report.ts";
import { planDigest } from "../plan/seal-plan.ts";
import { carryOut } from "./carry-out.ts";
import { lookAtSchema } from "./look-at-schema.ts";
import { earlyLook, isDone } from "./early-look.ts";
import { production } from "./production.ts";
import { getReady } from "./ready.ts";
import type { Project } from "../project.ts";
import type { Review } from "./reviewed-plan.ts";
import { isSkipped, ledgerRun, lockHistory, openWorkplace, type WorkOptions } from "./workplace.ts";
import { openOne } from "./open-one.ts";
import { onTarget } from "./server-trouble.ts";

/** What to apply, where, and how. */
export interface ApplyOptions extends WorkOptions {
  /** Stop behind the rehearsal: nothing is sent to the target but SELECTs. */
  readonly dryRun?: boolean;
  /** Asked what of the rehearsed plan was not reviewed. Absent: nothing has to be. */
  readonly review?: Review;
}

/**
 * Brings a database to this commit: all that is pending, through the project's own tool, one revision at a time, under a lock.
 * @throws ApplyError when it must not or could not be done; the message says what state that leaves
 * @throws UsageError, ConfigurationError, EngineError and ToolError as the gate does
 */
export async function apply(options: ApplyOptions): Promise<ApplyReport> {
  if (isSkipped(options.environment))
    return skipped(openOne(options).project, production(options.databaseUrl, options.environment).description);
  await using workplace = await openWorkplace(options);
  const { project, repository, target, client } = workplace;
  const report = { ...nothing, ...about(project, target.description) };
  return await onTarget(target.description, async () => {
    // A dry run looks at everything, also where there is nothing to do.
    const early = options.dryRun ? undefined : await earlyLook(workplace);
    if (early && isDone(early)) {
      const schema = await lookAtSchema(client, project, repository.files, early.standing);
      return { ...report, schema, outcome: "nothing-pending" };
    }
    const lock = options.dryRun ? undefined : await lockHistory(workplace, options);
    await using ready = await getReady(workplace, "up", ({ pending }) => pending.map(({ id }) => id), options.review);
    const pending = ready.rehearsed.revisions.map(({ revision }) => revision.id);
    const { plan, unlike } = ready.rehearsed;
    const found = {
      ...report,
      pending,
      overridden: ready.overridden,
      plan: planDigest(plan),
      unlike,
      uncommitted: workplace.found.uncommitted,
    };
    if (pending.length === 0)
      return {
        ...found,
        ...(ready.drift.size > 0 ? {} : { schema: { state: "as-made", differences: [] } }),
        outcome: "nothing-pending",
      };
    if (lock === undefined) return { ...found, outcome: "dry-run" };
    const applied = await carryOut(workplace, lock, ready, ledgerRun(workplace, ready, options, "up"));
    return { ...found, applied, outcome: "applied" };
  });
}

/** The report on a database that nothing was said to. */
export const skipped = (project: Pick<Project, "name" | "tool">, target: string): ApplyReport => ({
  ...nothing,
  ...about(project, target),
  outcome: "skipped",
});

const nothing = { pending: [], applied: [], overridden: [] } as const;

const about = ({ name, tool }: Pick<Project, "name" | "tool">, target: string) =>
  ({ schemaVersion: 1, project: name, tool, target }) as const;
