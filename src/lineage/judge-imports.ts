import type { Finding } from "../finding.ts";
import { changeBehaviour } from "./change-behaviour.ts";
import { type ImportingMigration, isProgram } from "./changed-imports.ts";
import { exemptionFor, howToExempt } from "./exemptions.ts";
import type { ChangeContext } from "./judge-changes.ts";
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

function judgeGroup(
  group: readonly (ImportingMigration & { readonly outcome: ImportOutcome })[],
  context: ChangeContext,
): Finding {
  const [first] = group as [(typeof group)[number]];
  const { changed, difference, outcome, revision } = first;
  const [file = revision.file] = changed;
  const many = group.length > 1;
  const what =
    `${listed(changed)} ${changed.length === 1 ? "was" : "were"} ${whatWasDone(first)}, and ${listed(group.map((one) => one.revision.file))}, ` +
    `which ${many ? "are" : "is"} in the merge base, ${many ? "use" : "uses"} ${changed.length === 1 ? "it" : "them"}.`;
  const they = many ? "They send" : "It sends";
  const finding = {
    title: "What a migration of the base branch uses was edited",
    revision: revision.id,
    file,
    ...(difference === undefined ? {} : { difference }),
  };
  const help = [
    howToSettle(
      first,
      group.map((one) => one.revision.file),
    ),
    howToExempt(file),
  ].join("\n");
  switch (outcome.kind) {
    case "same":
      return {
        ...finding,
        ruleId: "migration-import-edited",
        severity: "info",
        message: `${what} ${they} the same statements as before on a database that holds what the migrations make${outcome.binds ? "; the values that are bound to them were not compared" : ""}.`,
      };
    case "reads":
      return {
        ...finding,
        ruleId: "migration-import-edited",
        severity: "warning",
        message: `${what} ${they} other queries than before, and everything else as before: what ${many ? "they read" : "it reads"} decides what that does.`,
        help,
      };
    case "fails":
      return {
        ...finding,
        ruleId: "migration-edited",
        severity: "error",
        message: `${what} ${many ? "They work" : "It works"} with ${changed.length === 1 ? "it" : "them"} as the merge base has ${changed.length === 1 ? "it" : "them"}, and ${many ? "fail" : "fails"} now (SQLSTATE ${outcome.sqlState}): no new database can be brought up any more.`,
        help,
      };
    case "values":
      return {
        ...finding,
        ruleId: "migration-import-edited",
        severity: "warning",
        message: `${what} ${they} the same statements as before, with other values in them: databases that have applied ${many ? "them" : "it"} keep the old rows, and new ones get others.`,
        help,
      };
    case "unknown":
      return {
        ...finding,
        ruleId: "migration-import-edited",
        severity: "warning",
        message: `${what} Whether ${many ? "they do" : "it does"} something else now could not be tried: ${outcome.reason}`,
        help,
      };
    case "other": {
      const { edited } = changeBehaviour(context.project.layout ?? context.tool.name);
      const exemption = [...changed, ...group.map((one) => one.revision.file)]
        .map((path) => exemptionFor(path, context))
        .find((one) => one !== undefined);
      const message = `${what} ${they} other statements than before. ${edited}`;
      if (exemption !== undefined && exemption.whyNot === undefined)
        return {
          ...finding,
          ruleId: "migration-edited",
          severity: "info",
          message: `${message} headgate.yml accepts it until ${exemption.expires}: ${exemption.reason}`,
        };
      return {
        ...finding,
        ruleId: "migration-edited",
        severity: "error",
        message,
        help: exemption === undefined ? help : `${help.split("\n")[0]}\n${exemption.whyNot}`,
      };
    }
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
