import { addedConstraints } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "unnamed-constraint",
  title: "A constraint without a name",
  severity: "info",
  effect: {
    consequence:
      "PostgreSQL chooses a name, another one where that is taken; a way back that drops it by name then fails where the name differs.",
  },
  remedy: "Give the constraint a name.",
  harmless: "Primary keys, and the constraints of a table that the same migration creates.",
  source: manual("sql-altertable", "ALTER TABLE"),
  detectedBy: "static",
  hazards: ["unnamed-constraint"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { constraint, name, target, text } of addedConstraints(step)) {
      if (constraint.conname !== undefined || !named.has(constraint.contype ?? "")) continue;
      const fix = text?.replace(/^add\s+(?:constraint\s+)?/i, () => `ADD CONSTRAINT ${name} `);
      yield {
        message: `The constraint gets a name that PostgreSQL chooses, ${name} where that is free on ${target.name}.`,
        help: "Name it:",
        ...(fix === undefined ? {} : { fix: [`ALTER TABLE ${target.sql} ${fix}`] }),
        relation: target.name,
      };
    }
  },
};

const named = new Set(["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"]);
