import type { CatalogDifference } from "../catalog/catalog.ts";
import { describeDifference } from "../catalog/describe.ts";
import { repairStatement } from "../catalog/repair.ts";
import type { Direction, Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import { firstOf, listed } from "../prose.ts";
import type { AtOnce, StepFailure } from "../sessions/session.ts";
import { withoutPasswords } from "../sql/without-passwords.ts";
import { describeFailure, failurePlace, replayFinding, shownStatement } from "./findings.ts";
import { prerequisiteHelp } from "./prerequisite.ts";
import type { HungStep } from "./steps.ts";

type AtOnceWords = Pick<AtOnce, "manner" | "remedy">;

const shownDifferences = 12;

/** The upgrade raised, or PostgreSQL refused a statement of it. @param isEarlier whether it comes before those that are examined */
export function upgradeFails(failure: StepFailure, revision: Revision | undefined, isEarlier = false): Finding {
  if (failure.kind === "asks-for-input") return asksForInput(failure, revision, "up");
  return replayFinding("upgrade-fails", revision, "up", {
    message: `The upgrade to \`${failure.revision}\` fails: ${describeFailure(failure)}`,
    ...optional("help", failure.help ?? prerequisiteHelp(failure) ?? wayPast(failure, isEarlier)),
    ...failurePlace(failure),
  });
}

/** How to check what comes behind a revision that does not run here. */
function wayPast({ revision, sqlState }: StepFailure, isEarlier: boolean): string | undefined {
  if (isEarlier)
    return `Nothing behind \`${revision}\` could be checked. If it cannot run on a disposable database, begin behind it: put the schema that it leaves, as pg_dump --schema-only writes it, into the repository, and name it under \`start:\` of the project in headgate.yml (\`dump:\`, with \`revision: "${revision}"\`).`;
  // What a routine raises: https://www.postgresql.org/docs/18/errcodes-appendix.html
  return sqlState === "P0001"
    ? "If it refuses on purpose, make its condition hold here: with `environment:` or `database:` of the project, SQL under `prelude:`, or rows under `samples:`, in headgate.yml. What does not run cannot be checked, nor what comes behind it."
    : undefined;
}

/** The downgrade raised, is missing, or PostgreSQL refused a statement of it. @param range said when all were taken back in one go */
export function downgradeFails(
  failure: StepFailure,
  revision: Revision | undefined,
  range?: readonly Revision[],
): Finding {
  if (failure.kind === "asks-for-input") return asksForInput(failure, revision, "down");
  const oneWayHelp = `write down why with a comment \`headgate: one-way: <reason>\` in the file.`;
  if (failure.kind === "no-downgrade")
    return replayFinding("downgrade-missing", revision, "down", {
      message: `\`${failure.revision}\` cannot be taken back: ${failure.message}`,
      help: `Add a downgrade that undoes what the upgrade does; if there is no way back, ${oneWayHelp}`,
      ...failurePlace(failure),
    });
  return replayFinding("downgrade-fails", revision, "down", {
    message: `The downgrade of \`${failure.revision}\` fails${together(range)}: ${describeFailure(failure)}`,
    help: failure.help ?? `Correct the downgrade; if there is no way back, ${oneWayHelp}`,
    ...failurePlace(failure),
  });
}

/**
 * After the downgrade the catalog is not what it was before the upgrade.
 * @param undone how the catalog differs from the one after the upgrade; nothing means that the downgrade changed nothing
 * @param consequence how the next upgrade failed because of it
 */
export function downgradeDiffers(
  notRestored: readonly CatalogDifference[],
  undone: readonly CatalogDifference[],
  revision: Revision,
  consequence: StepFailure | undefined,
  range?: readonly Revision[],
): Finding {
  const nothing = undone.length === 0 && range === undefined;
  const undeclared = nothing && revision.downgrade === "absent";
  const after = range
    ? `after all ${range.length} new revisions were taken back`
    : `after the downgrade of \`${revision.id}\``;
  const lead = undeclared
    ? `\`${revision.id}\` declares no way back, and taking it back leaves everything in place:`
    : nothing
      ? `The downgrade of \`${revision.id}\` runs and undoes nothing:`
      : `The schema is not what it was before, ${after}:`;
  const next = consequence ? `\nThe next upgrade then fails: ${describeFailure(consequence)}` : "";
  const ruleId = undeclared ? "downgrade-missing" : nothing ? "downgrade-does-nothing" : "downgrade-incomplete";
  return replayFinding(ruleId, revision, "down", {
    message: `${lead}\n${listDifferences(notRestored, `the downgrade of \`${revision.id}\``)}${next}`,
    ...repair(notRestored, "Add to the downgrade"),
  });
}

/** The downgrade drops what it did not have to, and makes it anew. @param lost as the catalog names them: `table public.boats` */
export const downgradeLosesRows = (lost: readonly string[], revision: Revision): Finding =>
  replayFinding("downgrade-loses-rows", revision, "down", {
    message: `The downgrade of \`${revision.id}\` drops what was there before its upgrade, and makes it anew without what it held: ${named(lost)}.`,
    help: "Change it back in place, or copy what it holds before it is dropped.",
  });

const named = (keys: readonly string[]): string =>
  listed(
    keys.map((key) => key.replace(/ (?:public\.)?(.*)$/s, " `$1`")),
    shownDifferences,
  );

/** The upgrade works the first time and not after a downgrade that restored the schema. */
export function reupgradeFails(
  failure: StepFailure,
  revision: Revision | undefined,
  range?: readonly Revision[],
): Finding {
  return replayFinding("reupgrade-fails", revision, "up", {
    message: `\`${failure.revision}\` can be applied once, but not again after its downgrade${together(range)}: ${describeFailure(failure)}`,
    help: "Make the downgrade undo everything the upgrade relies on, rows and roles included.",
    ...failurePlace(failure),
  });
}

/** Each can be applied by itself, and not all of them in one run of the tool. */
export function upgradeAtOnceFails(
  failure: StepFailure,
  revision: Revision | undefined,
  range: readonly Revision[],
  { manner, remedy }: AtOnceWords,
): Finding {
  return replayFinding("upgrade-at-once-fails", revision, "up", {
    message: `\`${failure.revision}\` works by itself, and fails when all ${range.length} new revisions are applied ${manner}: ${describeFailure(failure)}`,
    help: atOnceHelp(remedy),
    ...failurePlace(failure),
  });
}

/** All of them in one run of the tool leave another catalog than each by itself. */
export function upgradeAtOnceDiffers(
  differences: readonly CatalogDifference[],
  revision: Revision,
  range: readonly Revision[],
  { manner, remedy }: AtOnceWords,
): Finding {
  return replayFinding("upgrade-at-once-differs", revision, "up", {
    message: `The ${range.length} new revisions leave another schema when they are applied ${manner}, than when each is applied by itself:\n${listDifferences(differences, "applying them at once")}`,
    help: atOnceHelp(remedy),
  });
}

const atOnceHelp = (remedy: string): string =>
  `Deploy the revisions one after the other, or ${remedy}. \`headgate apply\` takes each by itself: where nothing else applies them, say \`upgrade-at-once-fails: off\` (and \`upgrade-at-once-differs: off\`) under \`rules:\` in headgate.yml.`;

/** The second upgrade leaves another catalog than the first. */
export function reupgradeDiffers(
  differences: readonly CatalogDifference[],
  revision: Revision,
  range?: readonly Revision[],
): Finding {
  return replayFinding("reupgrade-differs", revision, "up", {
    message: `The second upgrade${range ? ` over all ${range.length} new revisions` : ` to \`${revision.id}\``} leaves another schema than the first:\n${listDifferences(differences, "the second upgrade")}`,
    help: "Make the upgrade depend on nothing but the schema before it, and the downgrade restore that schema.",
  });
}

/** A step was ended because it took too long. */
export function hangs(hung: HungStep, revision: Revision | undefined, direction: Direction): Finding {
  const seconds = Math.round(hung.limitMs / 1000);
  const statement = hung.statement;
  const doing = statement
    ? `${statement.waitEvent ? `It was waiting (${statement.waitEvent}) in` : "It was running"} this statement: ${shownStatement(statement.query.trim())}`
    : "It was running no statement at that moment: the migration's own code does not end.";
  return replayFinding("migration-hangs", revision, direction, {
    message: `${revision ? `The ${direction === "up" ? "upgrade to" : "downgrade of"} \`${revision.id}\`` : "A step over several revisions"} did not end within ${seconds} s. ${doing}`,
    help: "Find out what it waits for, or raise the limit with --time-limit or `time-limit` in headgate.yml.",
  });
}

/** A revision that its authors declared to have no way back. */
export const oneWay = (revision: Revision, reason: string): Finding =>
  replayFinding("one-way-revision", revision, "down", {
    message: `\`${revision.id}\` is the point of no return: ${reason}`,
  });

/** What the step did beside its work, in the tool's sentences. */
export const stepWarnings = (
  warnings: readonly string[] | undefined,
  revision: Revision,
  direction: Direction,
): readonly Finding[] =>
  (warnings ?? []).map((message) => replayFinding("step-warning", revision, direction, { message }));

const asksForInput = (failure: StepFailure, revision: Revision | undefined, direction: Direction): Finding =>
  replayFinding("asks-for-input", revision, direction, {
    message: `\`${failure.revision}\` asks for input on the terminal, which nobody can answer in a pipeline: ${failure.message}`,
    help: "Take the value from an environment variable or decide it in the migration.",
    ...failurePlace(failure),
  });

const together = (range: readonly Revision[] | undefined): string =>
  range ? ` when all ${range.length} new revisions are taken together` : "";

/** The differences, one a line; `event` is what made them. */
export function listDifferences(differences: readonly CatalogDifference[], event: string): string {
  return firstOf(
    differences.map((difference) => describeDifference(difference, event)),
    shownDifferences,
  )
    .map((sentence) => `- ${sentence}`)
    .join("\n");
}

function repair(differences: readonly CatalogDifference[], lead: string): { readonly help?: string } {
  const statements = differences.slice(0, shownDifferences).map(repairStatement);
  const known = statements.filter((statement) => statement !== undefined).map(withoutPasswords);
  return known.length === 0 ? {} : { help: `${lead}:\n${known.join("\n")}` };
}
