import type { CatalogDifference } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { OtherTrait } from "../sessions/elsewhere.ts";
import type { OtherVariable } from "../sessions/other-variables.ts";
import type { StepFailure } from "../sessions/session.ts";
import { comparableStatements } from "../sql/comparable-statements.ts";
import { isReordered, scriptDifference } from "../sql/script-difference.ts";
import type { RecordedStatement } from "../wire/recording.ts";
import { describeFailure, failurePlace, replayFinding } from "./findings.ts";
import { listDifferences } from "./judge.ts";
import { roleOf } from "./statement-roles.ts";
import { listed, type Surroundings } from "./surroundings.ts";

/** The SQL of one upgrade, as it was sent. */
export type SentScript = readonly string[];

/** What an upgrade sent for the migration and its version table, in order. */
export const sentScript = (statements: readonly RecordedStatement[]): SentScript =>
  statements
    .filter((statement) => statement.error === undefined && roleOf(statement, []) !== "session")
    .map(({ sql }) => sql);

/** The statements that differ, as `scriptDifference` shows them, and whether it is their order alone. */
export interface SentDifference {
  readonly difference: string;
  readonly onlyOrder: boolean;
}

/** In what two upgrades of one revision differ, as a plan sees it: values of rows apart. */
export function sentDifference(first: SentScript, second: SentScript): SentDifference | undefined {
  // The usual case needs no parsing: one recording may have cut a text that the other has as a whole.
  if (first.join("") === second.join("")) return undefined;
  const comparable = (script: SentScript) =>
    comparableStatements(script.map((sql) => `${sql.trimEnd().replace(/;$/, "")}\n;\n`).join(""));
  const [one, other] = [comparable(first), comparable(second)];
  const difference = scriptDifference(one, other);
  return difference === undefined ? undefined : { difference, onlyOrder: isReordered(one, other) };
}

/** How a second upgrade was other than the first. */
export type Deviation =
  | { readonly kind: "fails"; readonly failure: StepFailure }
  | { readonly kind: "catalog"; readonly differences: readonly CatalogDifference[] }
  | ({ readonly kind: "sent" } & SentDifference);

/**
 * Where other surroundings make another plan, or nothing at all but the time: what was reviewed is then not what runs.
 * @param surroundings what is enough to make it so; absent where it is so each time
 */
export function planDiffers(revision: Revision, deviation: Deviation, surroundings: Surroundings | undefined): Finding {
  const where = surroundings === undefined ? "each time it is applied" : describeSurroundings(surroundings);
  const place = deviation.kind === "fails" ? failurePlace(deviation.failure) : {};
  return replayFinding("plan-not-deterministic", revision, "up", {
    message: `The upgrade to \`${revision.id}\` ${describe(deviation, where)}`,
    help: surroundings === undefined ? makesUp : helpFor(surroundings),
    ...place,
  });
}

/** That the tool could not be tried in another process. */
export const processNotVaried = (reason: string): Finding =>
  replayFinding("process-not-varied", undefined, "up", {
    message: `Whether the time zone, the locale and the order of sets in the migration tool's own process decide what the migrations do was not tried, because the project does not load in another one: ${reason}`,
    help: "Make the project load in any time zone and locale.",
  });

function describeSurroundings({ settings, variables, daysAhead }: Surroundings): string {
  const parts = [
    ...(settings.size > 0 ? [`in a session with other settings (${listed(settings)})`] : []),
    ...(daysAhead === undefined ? [] : [`on another day, as the database's clock says (${daysAhead} days later)`]),
    ...(variables.size > 0 ? [`in a process with other surroundings (${listed(variables)})`] : []),
  ];
  return parts.join(", ");
}

const makesUp =
  "Write out what is new each time: names, identifiers and dates that the migration makes up while it runs.";
const forSettings =
  "Write out what the session's settings decide: constants with their time zone ('2026-01-01 00:00+00'), dates as year-month-day, names with their schema; or set what it needs in the migration.";
const forDatabaseClock =
  "Write out the date: the migration asks the database's clock, which shows another one on the day when it is applied.";
const forVariables: ReadonlyMap<string, string> = new Map(
  Object.entries({
    PYTHONHASHSEED:
      "Sort what the migration goes through: Python goes through a set in another order in another process.",
    TZ: "Write out the day or the time, with its time zone: the migration asks the clock, which shows another one elsewhere.",
    "the clock":
      "Write out the date: the migration asks the clock, which shows another one on the day when it is applied.",
    "host and account": "Write out the name: the migration asks its machine, which is another one elsewhere.",
    "files of a directory":
      "Sort what the migration finds in a directory: it comes in another order on another machine.",
    LC_ALL: "Write numbers, dates and text without the machine's locale: it is another one elsewhere.",
  } satisfies Readonly<Record<OtherVariable | OtherTrait, string>>),
);

const forOwnVariable = (name: string): string =>
  `Write out what \`${name}\` decides, or set it under \`environment:\` of this project in headgate.yml, so that it is the same everywhere.`;
const forSeveral =
  "Write out what the session's settings, the database's clock and the process's variables decide: what was reviewed is otherwise not what runs elsewhere.";

function helpFor({ settings, variables, daysAhead }: Surroundings): string {
  const causes = [
    ...(settings.size > 0 ? [forSettings] : []),
    ...(daysAhead === undefined ? [] : [forDatabaseClock]),
    ...[...variables.keys()].map((name) => forVariables.get(name) ?? forOwnVariable(name)),
  ];
  const [only, another] = causes;
  return only !== undefined && another === undefined ? only : forSeveral;
}

function describe(deviation: Deviation, where: string): string {
  switch (deviation.kind) {
    case "fails":
      return `works, but fails ${where}: ${describeFailure(deviation.failure)}`;
    case "catalog":
      return `gives another schema ${where}:\n${listDifferences(deviation.differences, "the second upgrade")}`;
    case "sent":
      return `sends ${deviation.onlyOrder ? "the same statements in another order" : "other statements"} ${where} (- the first time, + the second):\n${deviation.difference}`;
  }
}
