import { hasDefaultPartition } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "detach-partition",
  title: "Detaching a partition blocks the whole partitioned table",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence: "While it waits behind one open transaction, every query of the partitioned table waits behind it.",
  },
  remedy:
    "Detach with CONCURRENTLY outside a transaction. When that is interrupted, finish it with DETACH PARTITION … FINALIZE.",
  harmless: "A table with a default partition, for which CONCURRENTLY is refused; set lock_timeout there.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DETACH-PARTITION", "ALTER TABLE, DETACH PARTITION"),
  detectedBy: "both",
  hazards: ["detach-partition", "detach-concurrently-pending"],
  saysWaiting: true,
  statements: ["AlterTableStmt"],
  commands: ["AT_DetachPartition"],
  *check(step) {
    for (const { command, target } of tableCommands(step, "AT_DetachPartition")) {
      if (!command.def || !("PartitionCmd" in command.def) || command.def.PartitionCmd.concurrent) continue;
      if (hasDefaultPartition(step.schema, target.name)) continue;
      yield {
        message: `Detaching takes ${lockOn(step, target.name)} also while it waits behind one open transaction.`,
        help: "Detach with CONCURRENTLY, in a migration of its own that runs outside a transaction:",
        fix: [`${step.sql} CONCURRENTLY`],
        relation: target.name,
      };
    }
  },
};
