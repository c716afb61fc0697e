import type { Finding, Severity } from "../finding.ts";
import { changeBehaviour } from "./change-behaviour.ts";
import { type ImportingMigration, isProgram } from "./changed-imports.ts";
import { exemptionFor, howToExempt } from "./exemptions.ts";
import type { ChangeContext } from "./judge-changes.ts";
import { optional } from "../optional.ts";
import { listed } from "../prose.ts";

/** What became of a migration that loads a file which a change edits. */
export type ImportOutcome =
  /** It sends the same statements as with the file of the merge base. `binds`: with values that are not known. */
  | { readonly kind: "same"; readonly binds: boolean }
  /** It sends others. */
  | { readonly kind: "other" }
  /** It sends others of those that read, and all else as before. */
  | { readonly kind: "reads" }
  /** PostgreSQL refuses one that it sends now, and refused none before. */
  | { readonly kind: "fails"; readonly sqlState: string }
  /** It sends the same statements with other values in them. */
  | { readonly kind: "values" }
  | { readonly kind: "unknown"; readonly reason: string };

/** What is to be said of migrations of the merge base that load what a change edits; together where it is the same files. */
export function judgeImports(
  importing: readonly (ImportingMigration & { readonly outcome: ImportOutcome })[],
  context: ChangeContext,
): readonly Finding[] {
  const alike = Map.groupBy(importing, ({ changed, outcome }) => JSON.stringify([changed, outcome]));
  return [...alike.values()].map((group): Finding => judgeGroup(group, context));
}

/** What each outcome is told as. */
const weights = {
  same: ["migration-import-edited", "info"],
  reads: ["migration-import-edited", "warning"],
  values: ["migration-import-edited", "warning"],
  unknown: ["migration-import-edited", "warning"],
  fails: ["migration-edited", "error"],
  other: ["migration-edited", "error"],
} as const satisfies Record<ImportOutcome["kind"], readonly [string, Severity]>;

function judgeGroup(
  group: readonly (ImportingMigration & { readonly outcome: ImportOutcome })[],
  context: ChangeContext,
): Finding {
  const [first] = group as [(typeof group)[number]];
  const { changed, difference, outcome, revision } = first;
  const migrations = group.map((one) => one.revision.file);
  const [file = revision.file] = changed;
  const [ruleId, severity] = weights[outcome.kind];
  const settle = howToSettle(first, migrations);
  const finding: Finding = {
    ruleId,
    severity,
    title: "What a migration of the base branch uses was edited",
    message: `${whatHappened(first, migrations)} ${whatBecame(outcome, group.length > 1, changed.length > 1, context)}`,
    ...(outcome.kind === "same" ? {} : { help: `${settle}\n${howToExempt(file)}` }),
    revision: revision.id,
    file,
    ...optional("difference", difference),
  };
  if (outcome.kind !== "other") return finding;
  const exemption = [...changed, ...migrations]
    .map((path) => exemptionFor(path, context))
    .find((one) => one !== undefined);
  if (exemption === undefined) return finding;
  if (exemption.whyNot !== undefined) return { ...finding, help: `${settle}\n${exemption.whyNot}` };
  const { help: _, ...accepted } = finding;
  return {
    ...accepted,
    severity: "info",
    message: `${finding.message} headgate.yml accepts it until ${exemption.expires}: ${exemption.reason}`,
  };
}

function whatHappened(importing: ImportingMigration, migrations: readonly string[]): string {
  const { changed } = importing;
  const [are, use] = migrations.length > 1 ? ["are", "use"] : ["is", "uses"];
  const [were, them] = changed.length > 1 ? ["were", "them"] : ["was", "it"];
  return `${listed(changed)} ${were} ${whatWasDone(importing)}, and ${listed(migrations)}, which ${are} in the merge base, ${use} ${them}.`;
}

/** @param many whether there are several migrations @param several whether they use several of the files */
function whatBecame(outcome: ImportOutcome, many: boolean, several: boolean, context: ChangeContext): string {
  const send = many ? "They send" : "It sends";
  switch (outcome.kind) {
    case "same":
      return `${send} the same statements as before on a database that holds what the migrations make${outcome.binds ? "; the values that are bound to them were not compared" : ""}.`;
    case "reads":
      return `${send} other queries than before, and everything else as before: what ${many ? "they read" : "it reads"} decides what that does.`;
    case "fails": {
      const them = several ? "them" : "it";
      return `${many ? "They work" : "It works"} with ${them} as the merge base has ${them}, and ${many ? "fail" : "fails"} now (SQLSTATE ${outcome.sqlState}): no new database can be brought up any more.`;
    }
    case "values":
      return `${send} the same statements as before, with other values in them: databases that have applied ${many ? "them" : "it"} keep the old rows, and new ones get others.`;
    case "unknown":
      return `Whether ${many ? "they do" : "it does"} something else now could not be tried: ${outcome.reason}`;
    case "other":
      return `${send} other statements than before. ${changeBehaviour(context.project.layout ?? context.tool.name).edited}`;
    default:
      return outcome satisfies never;
  }
}

const whatWasDone = ({ changed, added, removed }: ImportingMigration): string =>
  added.length === changed.length ? "added" : removed.length === changed.length ? "removed" : "edited";

/** How migrations get to send what they did. Code that the application goes on changing cannot stay as it is for them. */
function howToSettle({ changed, added }: ImportingMigration, migrations: readonly string[]): string {
  if (added.length === changed.length)
    return `Put ${listed(changed)} where ${listed(migrations)} ${migrations.length === 1 ? "does" : "do"} not look, and let a new migration use ${changed.length === 1 ? "it" : "them"}.`;
  const [it, they] = changed.length === 1 ? ["it", "it was"] : ["them", "they were"];
  if (!changed.every(isProgram))
    return `Restore ${listed(changed)} as ${they}, and let new migrations use a copy with the change.`;
  return (
    `Let ${listed(migrations)} hold what ${migrations.length === 1 ? "it needs" : "they need"} of ${listed(changed)} as ${they} (the columns of a table, a function), and import ${it} no more: ` +
    `an edit that does only this, and sends the same statements, is accepted. Or leave ${listed(changed)} as ${they}.`
  );
}
