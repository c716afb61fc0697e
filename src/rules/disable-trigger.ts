import { settingChanges, settingStatements } from "../schema/settings.ts";
import { tableCommands } from "./alter-table.ts";
import type { AlterTableCmd } from "../sql/syntax.ts";
import type { Rule, Step } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "disable-trigger",
  title: "With its triggers off a table takes what it should refuse",
  severity: "error",
  effect: {
    lock: "SHARE ROW EXCLUSIVE",
    consequence:
      "Foreign keys are triggers: with ALL, or session_replication_role, rows that break them are stored and found by nobody. Other sessions' rows pass unchecked too, until the triggers are on again.",
  },
  remedy:
    "Name the one trigger that must not fire, switch it on again in the same transaction, and leave foreign keys alone.",
  harmless: "One trigger, or USER, that the same transaction switches on again.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER", "ALTER TABLE, DISABLE TRIGGER"),
  detectedBy: "both",
  hazards: ["disable-trigger"],
  statements: ["AlterTableStmt", ...settingStatements],
  commands: ["AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser"],
  *check(step, { steps }) {
    for (const { command, target } of tableCommands(
      step,
      "AT_DisableTrig",
      "AT_DisableTrigAll",
      "AT_DisableTrigUser",
    )) {
      // Nobody else writes the table until the transaction ends.
      if (command.subtype !== "AT_DisableTrigAll" && isEnabledAgain(step, command, target.name, steps)) continue;
      yield {
        message: `${command.subtype === "AT_DisableTrigAll" ? "Every trigger, foreign keys included," : command.subtype === "AT_DisableTrigUser" ? "Every trigger" : `The trigger ${command.name}`} of ${target.name} is switched off for all sessions, under ${lockOn(step, target.name)} until the transaction ends.`,
        help: "Switch it on again in the same transaction, and never switch foreign keys off.",
        relation: target.name,
        ...(command.subtype === "AT_DisableTrig" ? { severity: "warning" as const } : {}),
      };
    }
    for (const change of settingChanges(step.node))
      if (
        change.kind === "set" &&
        change.name === "session_replication_role" &&
        change.value.toLowerCase() === "replica"
      )
        yield {
          message:
            "No trigger and no foreign key fires in this session from here on: rows that break them are stored and found by nobody.",
          help: "Load the rows in an order that their foreign keys allow, or make the keys DEFERRABLE.",
        };
  },
};

/** Whether the same transaction switches on again what a command switches off. */
function isEnabledAgain(step: Step, { subtype, name }: AlterTableCmd, table: string, steps: readonly Step[]): boolean {
  const wanted = subtype === "AT_DisableTrig" ? "AT_EnableTrig" : "AT_EnableTrigUser";
  return steps
    .slice(step.index + 1)
    .filter(({ transaction }) => transaction !== undefined && transaction.id === step.transaction?.id)
    .some((later) =>
      tableCommands(later, wanted, "AT_EnableTrigAll").some(
        ({ command, target }) =>
          target.name === table && (command.subtype === "AT_EnableTrigAll" || command.name === name),
      ),
    );
}
