import { isUtcZone, typeChangeOf } from "../schema/column-type-change.ts";
import { indexesOn } from "../schema/schema.ts";
import { tableCommands } from "./alter-table.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { fewNamed, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "alter-timestamp-time-zone",
  title: "Between timestamp and timestamptz the session's time zone decides",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    scan: true,
    consequence:
      "Under TimeZone=UTC no row is touched, but every index on the column is built again; under any other time zone the whole table is written again. A test database and production may differ in it.",
  },
  remedy:
    "Set TimeZone to UTC in the transaction where the values are in UTC, and drop indexes on the column before, building them again with CONCURRENTLY; or add a new column and fill it in batches.",
  harmless: "A column without an index, in a migration that sets TimeZone to UTC.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["timestamp-timestamptz-utc-indexed", "timestamp-timestamptz-nonutc"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AlterColumnType"],
  *check(step) {
    for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
      if (typeChangeOf(step.schema, table, command, step) !== "time zone") continue;
      const name = command.name ?? "";
      const isUtc = isUtcZone(step.settings["timezone"]);
      const indexes = indexesOn(step.schema, table, name);
      if (isUtc && indexes.length === 0) continue;
      yield {
        message: isUtc
          ? `Changing column ${name} builds ${listed(indexes, fewNamed)} again, holding ${lockOn(step, target.name)} until it is done.`
          : `Unless the session's TimeZone is UTC, changing column ${name} writes every row again, holding ${lockOn(step, target.name)} until it is done.`,
        help: isUtc
          ? "Drop the index with CONCURRENTLY first, and build it again with CONCURRENTLY afterwards."
          : "Set the time zone in the same transaction, if the stored values are in UTC: SET LOCAL TimeZone = 'UTC'.",
        relation: target.name,
      };
    }
  },
};
