import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import type { Project } from "../project.ts";
import type { Tool } from "../tools/tool.ts";
import { type ChangeBehaviour, changeBehaviour } from "./change-behaviour.ts";
import type { MigrationChange } from "./changed-migrations.ts";
import { exemptionFor, type Exemptions, howToExempt, judgeExemptions } from "./exemptions.ts";
import { isRepeatable } from "./repeatable.ts";
import { listed } from "../prose.ts";

/** What changes of a history are judged by. */
export interface ChangeContext extends Exemptions {
  readonly tool: Tool;
  readonly project: Project;
}

/** From so many on, deleted migrations are told together: the history was squashed, or the folder moved. */
const manyDeleted = 4;

/** What is wrong about changes to migrations that the merge base has. */
export function judgeChanges(changes: readonly MigrationChange[], context: ChangeContext): Finding[] {
  const told = changes.filter(
    ({ kind, before, after }) => !(after !== undefined && kind !== "renamed" && isRepeatable(before, context.project)),
  );
  const deleted = told.filter(
    ({ kind, before }) => kind === "deleted" && exemptionFor(before.file, context) === undefined,
  );
  const together = deleted.length >= manyDeleted ? deleted : [];
  return [
    ...told.filter((change) => !together.includes(change)).map((change) => judgeChange(change, context)),
    ...(together.length > 0 ? [judgeSquash(together, context)] : []),
    ...judgeExemptions(context),
  ];
}

function judgeChange(change: MigrationChange, context: ChangeContext): Finding {
  const { kind, before, after, difference } = change;
  const behaviour = changeBehaviour(context.project.layout ?? context.tool.name);
  const finding = changeFinding(change, behaviour);
  const place = {
    revision: (after ?? before).id,
    file: (kind === "downgrade" ? after?.downFile : undefined) ?? (after ?? before).file,
    ...(difference === undefined ? {} : { difference }),
  };
  const exemption = exemptionFor(before.file, context);
  if (exemption !== undefined && exemption.whyNot === undefined && finding.severity === "error")
    return {
      ...finding,
      ...place,
      severity: "info",
      message: `${finding.message} headgate.yml accepts it until ${exemption.expires}: ${exemption.reason}`,
      help: "Delete the entry under `history-exemptions` once it has served.",
    };
  if (finding.severity !== "error") return { ...finding, ...place };
  return {
    ...finding,
    ...place,
    help: [
      remedy(kind, before.file),
      ...(exemption === undefined ? [howToExempt(before.file)] : [exemption.whyNot]),
    ].join("\n"),
  };
}

function changeFinding(
  { kind, before, after }: MigrationChange,
  behaviour: ChangeBehaviour,
): Pick<Finding, "ruleId" | "severity" | "title" | "message"> {
  switch (kind) {
    case "edited":
      return {
        ruleId: "migration-edited",
        severity: "error",
        title: "A migration of the base branch was edited",
        message: `${before.file} is in the merge base and was edited. ${behaviour.edited}`,
      };
    case "comments":
      return behaviour.hasChecksum
        ? {
            ruleId: "migration-edited",
            severity: "error",
            title: "A migration of the base branch was edited",
            message: `${before.file} is in the merge base and was edited, although only in comments or layout. ${behaviour.edited}`,
          }
        : {
            ruleId: "migration-comments-edited",
            severity: "info",
            title: "Comments of a migration of the base branch were edited",
            message: `${before.file} is in the merge base and was edited in comments or layout alone. No database notices.`,
          };
    case "downgrade":
      if (before.downFile !== undefined && after !== undefined && after.downFile === undefined)
        return {
          ruleId: "downgrade-edited",
          severity: "warning",
          title: "The way back of a migration of the base branch was deleted",
          message: `The way back of ${before.id} (${before.downFile}) is in the merge base and is gone. Databases that have applied it cannot go back behind it any more.`,
        };
      return behaviour.hasChecksum && before.downFile === undefined
        ? {
            ruleId: "migration-edited",
            severity: "error",
            title: "A migration of the base branch was edited",
            message: `${before.file} is in the merge base and its way back was edited. ${behaviour.edited}`,
          }
        : {
            ruleId: "downgrade-edited",
            severity: "warning",
            title: "The way back of a migration of the base branch was edited",
            message: `The way back of ${before.id} (${before.downFile ?? before.file}) is in the merge base and was edited. Databases that have applied it go back this way from now on; \`replay: all\` or \`headgate sql --down ${shellWord(before.id)}\` tries it.`,
          };
    case "recorded":
      return {
        ruleId: "migration-edited",
        severity: "error",
        title: "A migration of the base branch was edited",
        message: `${before.file} is in the merge base, and is recorded as ${after?.recordedAs} instead of ${before.recordedAs} from now on. ${behaviour.recorded ?? ""}`,
      };
    case "renamed":
      return {
        ruleId: "migration-renamed",
        severity: "error",
        title: "A migration of the base branch was renamed",
        message:
          before.id === after?.id
            ? `${before.file} is in the merge base and is now ${after.file}. ${behaviour.renamed ?? ""}`
            : `${before.file} is in the merge base and is now ${after?.file}, which is another revision (${before.id} became ${after?.id}): databases that have applied it would run it again. ${behaviour.deleted}`,
      };
    case "deleted":
      return {
        ruleId: "migration-deleted",
        severity: "error",
        title: "A migration of the base branch was deleted",
        message: `${before.file} (${before.id}) is in the merge base and is gone. ${behaviour.deleted}`,
      };
    default:
      return kind satisfies never;
  }
}

function remedy(kind: MigrationChange["kind"], file: string): string {
  switch (kind) {
    case "deleted":
      return `Restore ${file}, and undo what it did in a new migration.`;
    case "recorded":
      return `Let it be recorded as it was: undo the change of its entry for ${file}.`;
    case "renamed":
      return `Give it back its name and id, those of ${file}.`;
    default:
      return `Restore ${file} as it was, and make the change in a new migration.`;
  }
}

function judgeSquash(deleted: readonly MigrationChange[], { tool, project }: ChangeContext): Finding {
  const { deleted: behaviour } = changeBehaviour(project.layout ?? tool.name);
  const [first] = deleted;
  return {
    ruleId: "migration-deleted",
    severity: "error",
    title: "Migrations of the base branch were deleted",
    message: `${deleted.length} migrations that are in the merge base are gone: ${listed(deleted.map(({ before }) => before.file))}. ${behaviour}`,
    help: [
      "Restore them. A history can only be squashed once every database has applied all of it and its version table says so.",
      howToExempt(`${posix.dirname(first?.before.file ?? ".")}/*`),
    ].join("\n"),
    ...(first === undefined ? {} : { file: first.before.file }),
  };
}

const shellWord = (word: string): string => (/^[\w.-]+$/.test(word) ? word : "REVISION");
