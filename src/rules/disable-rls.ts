import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "disable-rls",
  title: "Without row security every row is visible",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence: "Policies stay and mean nothing: whoever may read the table reads all of it.",
  },
  remedy: "Change the policy that is in the way instead.",
  harmless: "The way back of a migration that enables it.",
  source: manual("ddl-rowsecurity", "Row Security Policies"),
  detectedBy: "both",
  hazards: ["disable-rls"],
  statements: ["AlterTableStmt"],
  commands: ["AT_DisableRowSecurity"],
  *check(step, { direction }) {
    if (direction === "down") return;
    for (const { target } of tableCommands(step, "AT_DisableRowSecurity"))
      yield {
        message: `Every role that may read ${target.name} sees all of its rows from this moment.`,
        help: "Change the policy that is in the way instead of switching all of them off.",
        relation: target.name,
      };
  },
};
