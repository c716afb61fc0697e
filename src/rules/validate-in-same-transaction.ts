import { type Schema, tableNamed } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "validate-in-same-transaction",
  title: "Validating in the same transaction keeps the strong lock",
  severity: "error",
  effect: {
    scan: true,
    consequence:
      "ADD CONSTRAINT … NOT VALID takes a strong lock for a moment, and VALIDATE reads the table under a weak one. In one transaction the strong lock is held until the whole table is read.",
  },
  remedy:
    "Put VALIDATE CONSTRAINT into a migration of its own, so that the lock of ADD CONSTRAINT is gone when it begins.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT", "ALTER TABLE, VALIDATE CONSTRAINT"),
  detectedBy: "both",
  hazards: ["not-valid-validate-same-tx", "set-not-null-check-validated-same-tx"],
  statements: ["AlterTableStmt"],
  commands: ["AT_ValidateConstraint"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_ValidateConstraint")) {
      const { transaction } = step;
      const named = (schema: Schema) =>
        tableNamed(schema, target.name)?.constraints.find(({ name }) => name === command.name);
      // What the same ALTER TABLE adds is not there before it.
      const constraint = named(step.schema) ?? named(step.after.schema);
      const mode = named(step.schema) ? transaction?.held.get(target.name)?.mode : step.effects.locks.get(target.name);
      const there = named(transaction?.before.schema ?? step.schema);
      if (!constraint || !mode || there || (named(step.schema) && constraint.validated)) continue;
      yield {
        message: `${constraint.name} was added in the same ${named(step.schema) ? "transaction" : "statement"}, so ${lockPhrase(mode, target.name)} is held until the whole table is read.`,
        help: "Move VALIDATE CONSTRAINT to a migration of its own.",
        relation: target.name,
      };
    }
  },
};
