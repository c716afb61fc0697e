import { checksKey } from "../schema/bound-proof.ts";
import { relationName } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "attach-partition-scan",
  title: "Attaching a partition reads it whole under a lock",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "Every row of the table, and of a default partition, is compared with the bounds while nobody can read or write them.",
  },
  remedy:
    "Add a check to the table that says the same as the bounds, NOT VALID first and validated in a transaction of its own, and the opposite one to the default partition. Then nothing is read.",
  harmless:
    "A table that the same migration creates, and one with a validated check on the partition key, whose columns hold no NULL.",
  source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE", "Partition Maintenance"),
  detectedBy: "both",
  hazards: ["attach-partition-scan", "attach-partition-default-scan"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AttachPartition"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AttachPartition")) {
      if (!command.def || !("PartitionCmd" in command.def) || !command.def.PartitionCmd.name) continue;
      const child = relationName(step.schema, step.searchPath, command.def.PartitionCmd.name);
      const standIns = table.children.filter((sibling) => {
        const other = tableNamed(step.schema, sibling);
        return other?.isDefaultPartition && !checksKey(other, table.partitionKey);
      });
      const read = [child, ...standIns].filter((name) => !step.isFresh(name) && step.effects.scans.has(name));
      if (read.length === 0) continue;
      yield {
        message: `Attaching to ${target.name} reads all of ${listed(read)}, holding ${lockPhrase("ACCESS EXCLUSIVE", listed(read))} until it is done.`,
        help: `Add ${listed(
          read.map((name) =>
            name === child
              ? `a check that implies the bounds to ${name}`
              : `one that excludes them, CHECK (NOT (…)), to the default partition ${name}`,
          ),
        ).replace(/^one/, "a check")} as NOT VALID, validate it in a transaction of its own, and attach after that.`,
        relation: read[0] ?? child,
      };
    }
  },
};
