import { identifierText } from "../sql/identifier-text.ts";
import { newConstraints } from "./new-constraints.ts";
import type { Rule } from "./rule.ts";
import { tableCommands } from "./alter-table.ts";
import { tableNamed } from "../schema/schema.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "not-valid-never-validated",
  title: "A NOT VALID constraint is never validated",
  severity: "info",
  effect: {
    consequence: "Old rows may break it. The planner cannot use it, and SET NOT NULL reads the table in spite of it.",
  },
  remedy: "Add VALIDATE CONSTRAINT as the next migration.",
  harmless: "A constraint that a later migration, among those judged, validates or drops.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT", "ALTER TABLE, VALIDATE CONSTRAINT"),
  detectedBy: "static",
  hazards: ["not-valid-never-validated"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step, { direction }) {
    const [added] = direction === "down" ? [] : tableCommands(step, "AT_AddConstraint");
    if (!added) return;
    const { target } = added;
    for (const { name, validated, enforced } of newConstraints(step)?.constraints ?? []) {
      if (validated || enforced === false) continue;
      yield {
        message: `${name} on ${target.name} is added as NOT VALID and no later migration validates it.`,
        help: "Validate it in the next migration:",
        fix: [step.sql, `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${identifierText(name)}`],
        relation: target.name,
        unless: (final) => {
          const kept = tableNamed(final, target.name)?.constraints.find((constraint) => constraint.name === name);
          return kept === undefined || kept.validated;
        },
      };
    }
  },
};
