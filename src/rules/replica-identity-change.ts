import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "replica-identity-change",
  title: "Another replica identity changes what subscribers can apply",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "With NOTHING, UPDATE and DELETE of a published table fail; with FULL every change carries the whole old row.",
  },
  remedy: "Use the primary key, or a unique index over columns that are NOT NULL.",
  harmless: "REPLICA IDENTITY DEFAULT.",
  source: manual("sql-altertable#SQL-ALTERTABLE-REPLICA-IDENTITY", "ALTER TABLE, REPLICA IDENTITY"),
  detectedBy: "both",
  hazards: ["replica-identity-change"],
  statements: ["AlterTableStmt"],
  commands: ["AT_ReplicaIdentity"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_ReplicaIdentity")) {
      const kind =
        command.def && "ReplicaIdentityStmt" in command.def ? command.def.ReplicaIdentityStmt.identity_type : undefined;
      if (kind !== "n" && kind !== "f") continue;
      yield {
        message:
          kind === "n"
            ? `If ${target.name} is published, every UPDATE and DELETE on it fails from this moment.`
            : `Every UPDATE and DELETE on ${target.name} writes the whole old row to the WAL, and subscribers look for it by all columns.`,
        help: "Use the primary key, or REPLICA IDENTITY USING INDEX with a unique index over columns that are NOT NULL.",
        relation: target.name,
      };
    }
  },
};
