import type { CatalogDifference } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { StepFailure } from "../sessions/session.ts";
import { comparableStatements } from "../sql/comparable-statements.ts";
import { scriptDifference } from "../sql/script-difference.ts";
import type { RecordedStatement } from "../wire/recording.ts";
import { describeFailure, failurePlace, replayFinding } from "./findings.ts";
import { listDifferences } from "./judge.ts";
import { roleOf } from "./recorded-statements.ts";

/** The SQL of one upgrade, as it was sent. */
export type SentScript = readonly string[];

/** What an upgrade sent for the migration and its version table, in order. */
export const sentScript = (statements: readonly RecordedStatement[]): SentScript =>
  statements
    .filter((statement) => statement.error === undefined && roleOf(statement, []) !== "session")
    .map(({ sql }) => sql);

/** In what two upgrades of one revision differ, as a plan sees it: values of rows apart. */
export function sentDifference(first: SentScript, second: SentScript): string | undefined {
  // The usual case needs no parsing: one recording may have cut a text that the other has as a whole.
  if (first.join("") === second.join("")) return undefined;
  const comparable = (script: SentScript) =>
    comparableStatements(script.map((sql) => `${sql.trimEnd().replace(/;$/, "")}\n;\n`).join(""));
  return scriptDifference(comparable(first), comparable(second));
}

/** How a second upgrade was other than the first. */
export type Deviation =
  | { readonly kind: "fails"; readonly failure: StepFailure }
  | { readonly kind: "catalog"; readonly differences: readonly CatalogDifference[] }
  | { readonly kind: "sent"; readonly difference: string };

/** Where other settings make another plan, or nothing at all but the time: what was reviewed is then not what runs. */
export function planDiffers(
  revision: Revision,
  deviation: Deviation,
  settings: ReadonlyMap<string, string> | undefined,
): Finding {
  const list = settings && [...settings].map(([name, value]) => `${name} = ${value}`).join("; ");
  const where = list === undefined ? "each time it is applied" : `in a session with other settings (${list})`;
  const place = deviation.kind === "fails" ? failurePlace(deviation.failure) : {};
  return replayFinding("plan-not-deterministic", revision, "up", {
    message: `The upgrade to \`${revision.id}\` ${describe(deviation, where)}`,
    help: settings
      ? "Write out what the session's settings decide: constants with their time zone ('2026-01-01 00:00+00'), dates as year-month-day, names with their schema; or set what it needs in the migration."
      : "Write out what is new each time: names, identifiers and dates that the migration makes up while it runs.",
    ...place,
  });
}

function describe(deviation: Deviation, where: string): string {
  switch (deviation.kind) {
    case "fails":
      return `works, but fails ${where}: ${describeFailure(deviation.failure)}`;
    case "catalog":
      return `gives another schema ${where}:\n${listDifferences(deviation.differences, "the second upgrade")}`;
    case "sent":
      return `sends other statements ${where} (- the first time, + the second):\n${deviation.difference}`;
  }
}
