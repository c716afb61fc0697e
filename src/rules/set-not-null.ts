import { provenNotNull } from "../schema/not-null-proof.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { notNullStatements } from "./stages.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "set-not-null",
  title: "SET NOT NULL reads the whole table under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "Every row is checked while nobody can read or write the table.",
  },
  remedy:
    "Add a check constraint that says the same as NOT VALID, validate it in a transaction of its own, and then set NOT NULL: PostgreSQL sees that the check proves it and reads nothing. The check can be dropped afterwards, in another statement.",
  harmless:
    "A column for which a validated `CHECK (column IS NOT NULL)` exists, alone or joined with AND to something else.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL", "ALTER TABLE, SET NOT NULL"),
  detectedBy: "both",
  hazards: ["set-not-null", "set-not-null-drop-check-same-command"],
  statements: ["AlterTableStmt"],
  commands: ["AT_SetNotNull"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_SetNotNull")) {
      const name = command.name ?? "";
      if (!step.effects.scans.has(target.name) && provenNotNull(table, name)) continue;
      const dropsProof = provenNotNull(table, name);
      yield {
        message: dropsProof
          ? `The statement drops the check that proves that ${name} holds no NULL, so SET NOT NULL reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`
          : `SET NOT NULL on column ${name} reads all of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: dropsProof
          ? "Split the statement, so that the check is still there when NOT NULL is set."
          : "Add a check as NOT VALID, validate it in a transaction of its own, and set NOT NULL after that, which then reads nothing:",
        ...(dropsProof
          ? {}
          : {
              fix: notNullStatements({ target, table, name }),
            }),
        relation: target.name,
      };
    }
  },
};
