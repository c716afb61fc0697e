import { objectName } from "../schema/object-name.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import type { Table } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { type Constraint, nameParts } from "../sql/syntax.ts";
import { addedConstraints, tableCommands, usedTableCommands } from "./alter-table.ts";
import { keyOnEachPartition, type PartitionedKey } from "./partitions.ts";
import type { Rule, Stage, Step, Target } from "./rule.ts";
import { notNullStatements } from "./stages.ts";
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
      const old = droppedKey(step, table);
      const way = wayTo(
        step,
        target,
        table,
        { kind: "PRIMARY KEY", name, keys, included: includedIn(constraint) },
        old,
      );
      yield {
        message: `The primary key ${name} builds an index over ${target.name}${nullable.length > 0 ? ` and${isKnown ? "" : ", unless they are NOT NULL already,"} reads it once more for NULL in ${listed(nullable)}` : ""}, holding ${lockOn(step, target.name)} until it is done.`,
        help: nullable.length > 0 ? `Make ${listed(nullable)} NOT NULL first, with a validated check:` : way.help,
        ...(nullable.length > 0
          ? {
              fix: nullable.flatMap((key) => notNullStatements({ target, table, name: key })),
              later: [way],
            }
          : { fix: way.fix }),
        ...(old !== undefined && usedTableCommands(step).length === 2 ? { whole: true } : {}),
        relation: target.name,
      };
    }
  },
};

/** How a table whose columns hold no NULL gets the key. @param old the key that the same statement drops */
function wayTo(step: Step, target: Target, table: Table, key: PartitionedKey, old: string | undefined): Stage {
  if (isPartitioned(step, target.name))
    return { help: keyOfPartitioned, fix: keyOnEachPartition(step.schema, target, key) };
  const { name, keys, included = "" } = key;
  const index = old === undefined ? name : successor(table);
  return {
    help: `Build a unique index with CONCURRENTLY outside a transaction, and ${old === undefined ? "make it the primary key in" : "let it take the place of the primary key in one statement of"} another migration:`,
    fix: [
      `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${target.sql} (${keys.map(identifierText).join(", ")})${included}`,
      `ALTER TABLE ${target.sql} ${old === undefined ? "" : `DROP CONSTRAINT ${identifierText(old)}, `}ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${index}`,
    ],
  };
}

const includedIn = ({ including = [] }: Constraint): string =>
  including.length === 0 ? "" : ` INCLUDE (${nameParts(including).map(identifierText).join(", ")})`;

/** The primary key that the same statement drops: until the new one is there, the table is to have it. */
function droppedKey(step: Step, { constraints }: Table): string | undefined {
  const dropped = new Set(tableCommands(step, "AT_DropConstraint").map(({ command }) => command.name));
  return constraints.find(({ kind, name }) => kind === "primary key" && dropped.has(name))?.name;
}

const successor = ({ name }: Table): string => identifierText(objectName(name, ["new"], "key"));
