import { tableNamed } from "../schema/schema.ts";
import { foreignKeysTo } from "../schema/users.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-primary-key",
  title: "Without its primary key a table loses what relies on it",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "ON CONFLICT on the key fails, lookups by it read the whole table, and logical replication refuses UPDATE and DELETE.",
  },
  remedy:
    "Build the new key's index with CONCURRENTLY first, and swap the two in one transaction: DROP CONSTRAINT and ADD PRIMARY KEY USING INDEX.",
  harmless: "A transaction that adds another primary key.",
  source: manual("ddl-constraints#DDL-CONSTRAINTS-PRIMARY-KEYS", "Primary Keys"),
  detectedBy: "both",
  hazards: ["drop-primary-key"],
  statements: ["AlterTableStmt"],
  commands: ["AT_DropConstraint"],
  *check(step, { direction, steps }) {
    if (direction === "down") return;
    for (const { command, target } of tableCommands(step, "AT_DropConstraint")) {
      const key = tableNamed(step.schema, target.name)?.constraints.find(
        ({ name, kind }) => name === command.name && kind === "primary key",
      );
      // In the same transaction nobody sees it without.
      const replaced = steps
        .slice(step.index)
        .filter(({ transaction }) => transaction?.id === step.transaction?.id)
        .some(({ after }) =>
          tableNamed(after.schema, target.name)?.constraints.some(({ kind }) => kind === "primary key"),
        );
      if (!key || replaced) continue;
      const lost = command.behavior === "DROP_CASCADE" ? foreignKeysTo(step.schema, target.name, key) : [];
      yield {
        message: [
          `${target.name} has no primary key from here on: ON CONFLICT on it fails, and logical replication refuses UPDATE and DELETE.`,
          ...lost.map((each) => `CASCADE drops the foreign key ${each.name} of ${each.table} with it.`),
        ].join(" "),
        help: "Build the index of the new key with CONCURRENTLY first, and swap both in one statement: DROP CONSTRAINT …, ADD PRIMARY KEY USING INDEX ….",
        relation: target.name,
      };
    }
  },
};
