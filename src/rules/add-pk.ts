import { objectName } from "../schema/object-name.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import type { Table } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { nameParts } from "../sql/syntax.ts";
import { addedConstraints, tableCommands, usedTableCommands } from "./alter-table.ts";
import type { Rule, Step } from "./rule.ts";
import { listed } from "../prose.ts";
import { isOnlyParent, isPartitioned, keyOfPartitioned, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-pk",
  title: "A primary key builds its index under a lock",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence:
      "The index is built, and nullable columns are checked row by row, while nobody can read or write the table.",
  },
  remedy:
    "Make the columns NOT NULL with a validated check, build a unique index with CONCURRENTLY outside a transaction, and make it the primary key with USING INDEX.",
  harmless: "ADD PRIMARY KEY USING INDEX on columns that are NOT NULL, and a key of a partitioned table ONLY.",
  source: manual(
    "sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    "ALTER TABLE, ADD table_constraint_using_index",
  ),
  detectedBy: "both",
  hazards: ["add-pk"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step) {
    for (const { constraint, name, target, table } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_PRIMARY" || constraint.indexname !== undefined) continue;
      if (isOnlyParent(step, target.name)) continue;
      const keys = nameParts(constraint.keys);
      const nullable = keys.filter((key) => !provenNotNull(table, key));
      const isKnown = nullable.every((key) => table.columns.some((column) => column.name === key));
      const plain = nullable.length === 0 && !constraint.including;
      const partitioned = isPartitioned(step, target.name);
      const old = droppedKey(step, table);
      const columns = keys.map(identifierText).join(", ");
      yield {
        message: `The primary key ${name} builds an index over ${target.name}${nullable.length > 0 ? ` and${isKnown ? "" : ", unless they are NOT NULL already,"} reads it once more for NULL in ${listed(nullable)}` : ""}, holding ${lockOn(step, target.name)} until it is done.`,
        help:
          nullable.length > 0
            ? `Make ${listed(nullable)} NOT NULL with a validated check first, then ${partitioned ? "add the key ONLY to the parent, and attach a key of each partition to it with ALTER INDEX … ATTACH PARTITION" : "build a unique index with CONCURRENTLY and make it the primary key with USING INDEX"}.`
            : partitioned
              ? keyOfPartitioned
              : `Build a unique index with CONCURRENTLY outside a transaction, and ${old === undefined ? "make it the primary key in" : "let it take the place of the primary key in one statement of"} another migration:`,
        ...(plain
          ? {
              fix: partitioned
                ? [`ALTER TABLE ONLY ${target.sql} ADD CONSTRAINT ${name} PRIMARY KEY (${columns})`]
                : old === undefined
                  ? [
                      `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${target.sql} (${columns})`,
                      `ALTER TABLE ${target.sql} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}`,
                    ]
                  : [
                      `CREATE UNIQUE INDEX CONCURRENTLY ${successor(table)} ON ${target.sql} (${columns})`,
                      `ALTER TABLE ${target.sql} DROP CONSTRAINT ${identifierText(old)}, ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${successor(table)}`,
                    ],
            }
          : {}),
        ...(old !== undefined && usedTableCommands(step).length === 2 ? { whole: true } : {}),
        relation: target.name,
      };
    }
  },
};

/** The primary key that the same statement drops: until the new one is there, the table is to have it. */
function droppedKey(step: Step, { constraints }: Table): string | undefined {
  const dropped = new Set(tableCommands(step, "AT_DropConstraint").map(({ command }) => command.name));
  return constraints.find(({ kind, name }) => kind === "primary key" && dropped.has(name))?.name;
}

const successor = ({ name }: Table): string => identifierText(objectName(name, ["new"], "key"));
