import { identifierText } from "../sql/identifier-text.ts";
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
    if (direction === "down") return;
    for (const { target } of tableCommands(step, "AT_AddConstraint")) {
      const known = new Set((tableNamed(step.schema, target.name)?.constraints ?? []).map(({ name }) => name));
      for (const { name, validated, enforced } of tableNamed(step.after.schema, target.name)?.constraints ?? []) {
        if (validated || enforced === false || known.has(name)) continue;
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
    }
  },
};
