import { relationName } from "../schema/names.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "create-partition-of",
  title: "CREATE TABLE … PARTITION OF locks the whole partitioned table",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "While it waits behind one open transaction, every query of the partitioned table waits behind it. A default partition is locked and read as well.",
  },
  remedy:
    "Create the table alone, with the columns and constraints of its parent, and attach it: that takes only a SHARE UPDATE EXCLUSIVE lock on the parent.",
  harmless: "A parent that the same migration creates.",
  source: manual("ddl-partitioning#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE", "Partition Maintenance"),
  detectedBy: "both",
  hazards: ["create-partition-of", "attach-partition-default-scan"],
  statements: ["CreateStmt"],
  *check(step) {
    if (!("CreateStmt" in step.node)) return;
    const { partbound, inhRelations = [], relation, partspec, tableElts } = step.node.CreateStmt;
    const parentNode = inhRelations[0];
    if (!partbound || !relation || !parentNode || !("RangeVar" in parentNode)) return;
    const parent = relationName(step.schema, step.searchPath, parentNode.RangeVar);
    if (step.isFresh(parent)) return;
    const bound = /\b(for\s+values\b[^]*|default)\s*$/i.exec(step.sql)?.[1];
    const child = step.target(relation).sql;
    const parentSql = step.target(parentNode.RangeVar).sql;
    const scanned = [...step.effects.scans].filter((name) => !step.isFresh(name));
    yield {
      message: `Creating a partition takes ${lockOn(step, parent)} also while it waits behind one open transaction.${scanned.length > 0 ? ` The default partition ${scanned.join(", ")} is read whole meanwhile.` : ""}`,
      help: "Create the table alone, and attach it in a transaction of its own:",
      ...(bound === undefined || partspec || tableElts
        ? {}
        : {
            fix: [
              `CREATE TABLE ${child} (LIKE ${parentSql} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)`,
              `ALTER TABLE ${parentSql} ATTACH PARTITION ${child} ${bound}`,
            ],
          }),
      relation: parent,
    };
  },
};
