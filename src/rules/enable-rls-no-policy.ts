import { tableNamed } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "enable-rls-no-policy",
  title: "Row security without a policy hides every row",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence: "Every role but the owner and superusers sees an empty table and gets no error.",
  },
  remedy: "Create the policies first, or in the same transaction.",
  harmless: "A table that has a policy by the end of the migration.",
  source: manual("ddl-rowsecurity", "Row Security Policies"),
  detectedBy: "both",
  hazards: ["enable-rls-no-policy"],
  statements: ["AlterTableStmt"],
  commands: ["AT_EnableRowSecurity"],
  *check(step, { steps }) {
    for (const { target } of tableCommands(step, "AT_EnableRowSecurity")) {
      const table = tableNamed(steps.at(-1)?.after.schema ?? step.after.schema, target.name);
      if (table && (table.policies.length > 0 || !table.complete)) continue;
      yield {
        message: `No policy of ${target.name} is known, so with row security every role but its owner sees no row of it, without any error.`,
        help: "Add CREATE POLICY before it, in the same transaction.",
        relation: target.name,
      };
    }
  },
};
