import { renamedRelation } from "./renames.ts";
import type { Rule } from "./rule.ts";
import { manual, siblingText } from "./words.ts";

export const rule: Rule = {
  id: "rename-table",
  title: "A renamed table breaks the running application",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. Every statement of the running application that names the table or view fails from this moment.",
  },
  remedy:
    "Rename it and create a view with the old name in the same transaction, so that both work; drop the view when no running version uses the old name.",
  harmless:
    "A migration that creates a view with the old name in the same transaction; indexes, sequences and constraints.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-RENAME", "ALTER TABLE, RENAME"),
  detectedBy: "both",
  hazards: ["rename-table"],
  statements: ["RenameStmt"],
  *check(step, { direction, steps }) {
    if (!("RenameStmt" in step.node) || direction === "down") return;
    const { renameType, newname = "" } = step.node.RenameStmt;
    const target = renamedRelation(step);
    if (!target || target.fresh) return;
    if (renameType !== "OBJECT_TABLE" && renameType !== "OBJECT_VIEW" && renameType !== "OBJECT_MATVIEW") return;
    // What stands under the old name at the end of the transaction is what the application meets.
    const last = steps.findLast(
      ({ transaction }) => transaction?.id !== undefined && transaction.id === step.transaction?.id,
    );
    if (last?.after.schema.relations.has(target.name)) return;
    yield {
      message: `Every statement of the running application that names ${target.name} fails from this moment.`,
      help: "Create a view with the old name in the same transaction:",
      fix: [step.sql, `CREATE VIEW ${target.sql} AS SELECT * FROM ${siblingText(target.sql, newname)}`],
      relation: target.name,
    };
  },
};
