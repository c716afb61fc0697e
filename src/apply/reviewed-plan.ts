import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { plansSchema } from "../plan/plan-schema.ts";
import { planDigest, type Plan, type PlannedRevision } from "../plan/seal-plan.ts";

/**
 * Reads what `headgate plan` wrote.
 * @throws UsageError when the file is no such document, or a plan in it is not what its digest seals
 */
export function readPlans(file: string): readonly Plan[] {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new UsageError(`The plan ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  const { schemaVersion, plans } = (document ?? {}) as { readonly schemaVersion?: unknown; readonly plans?: unknown };
  if (schemaVersion === 1 && plans !== undefined)
    throw new UsageError(
      `The plan ${file} was recorded by an earlier version of Headgate, which did not hold settings such as search_path. Record it again with \`headgate plan --output ${file}\`, and run the check again.`,
    );
  const read = plansSchema.safeParse(document);
  if (!read.success)
    throw new UsageError(`${file} is no plan of this Headgate. Record it with \`headgate plan --output ${file}\`.`);
  for (const { digest, plan: sealed } of read.data.plans)
    if (planDigest(sealed as Plan) !== digest)
      throw new UsageError(
        `The plan of ${sealed.project} in ${file} was changed after it was sealed. Record it again with \`headgate plan\`.`,
      );
  return read.data.plans.map((sealed) => sealed.plan as Plan);
}

/** Says what of a rehearsed plan was not reviewed, in sentences; nothing when all of it was. */
export type Review = (rehearsed: Plan) => readonly string[] | Promise<readonly string[]>;

/** The review that reads what `headgate plan` wrote. */
export const reviewOf =
  (plans: readonly Plan[]): Review =>
  (rehearsed) => {
    if (rehearsed.revisions.length === 0) return [];
    const reviewed = plans.find(({ project }) => project === rehearsed.project);
    return reviewed === undefined
      ? [`The reviewed plan has nothing for the project ${rehearsed.project}.`]
      : comparePlans(reviewed, rehearsed);
  };

/** What in the rehearsal is not what was reviewed, in sentences; nothing when all of it was. */
function comparePlans(reviewed: Plan, rehearsed: Plan): readonly string[] {
  if (reviewed.serverMajor !== rehearsed.serverMajor)
    return [
      `The plan was recorded on PostgreSQL ${reviewed.serverMajor}, and the target runs ${rehearsed.serverMajor}: record it with \`--postgres ${rehearsed.serverMajor}\`.`,
    ];
  const known = new Map(reviewed.revisions.map((revision) => [revision.id, revision]));
  return rehearsed.revisions.flatMap((revision) => {
    const planned = known.get(revision.id);
    if (planned === undefined) return [`\`${revision.id}\` is pending and is not in the reviewed plan.`];
    return [...compareRevision(planned, revision)].slice(0, 1);
  });
}

function* compareRevision(reviewed: PlannedRevision, rehearsed: PlannedRevision): Generator<string> {
  for (const { path, sha256 } of rehearsed.files) {
    const file = reviewed.files.find((one) => one.path === path);
    if (file === undefined) yield `\`${rehearsed.id}\`: ${path} was not part of what was reviewed.`;
    else if (file.sha256 !== sha256) yield `\`${rehearsed.id}\`: ${path} is not what was reviewed.`;
  }
  for (const { path, sha256 } of rehearsed.imports ?? [])
    // Where the package is installed, the same file is none of the repository's.
    if ((reviewed.imports?.find((one) => one.path === path)?.sha256 ?? sha256) !== sha256)
      yield `\`${rehearsed.id}\`: ${path}, which it imports, is not what was reviewed.`;
  const count = Math.max(reviewed.statements.length, rehearsed.statements.length);
  for (let index = 0; index < count; index++) {
    const [was, is] = [reviewed.statements[index], rehearsed.statements[index]];
    const which = `\`${rehearsed.id}\`: statement ${index + 1}`;
    if (was === undefined) yield `${which} was not in the reviewed plan, which has ${reviewed.statements.length}.`;
    else if (is === undefined) yield `${which} of the reviewed plan is no longer sent.`;
    else if (was.fingerprint !== is.fingerprint || was.text !== is.text)
      yield `${which} differs from the reviewed one.`;
    else if (was.settings !== is.settings)
      yield `${which} comes with other settings (such as search_path) than when it was reviewed.`;
    else if (was.repeats !== is.repeats)
      yield `${which} may ${was.repeats === undefined ? "now repeat, which it might not" : is.repeats === undefined ? "no longer repeat, as it might" : "repeat in other transactions than"} when it was reviewed.`;
    else if (was.transactional !== is.transactional)
      yield `${which} ran ${was.transactional ? "in" : "outside"} a transaction when it was reviewed, and now ${is.transactional ? "in one" : "outside"}.`;
  }
  if (reviewed.catalog !== rehearsed.catalog)
    yield `\`${rehearsed.id}\` leaves another schema than when it was reviewed.`;
}
