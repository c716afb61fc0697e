import { indexNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { tableCommands } from "./alter-table.ts";
import type { Judgement, Rule, Step } from "./rule.ts";
import { lockOn, lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "move-table-storage",
  title: "Another tablespace or access method copies the table",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    consequence: "The whole table is copied while nobody can read or write it.",
  },
  remedy:
    "Create a new table where it belongs, copy the rows in batches, and swap the tables; or use an extension that moves a table while it is in use.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-TABLESPACE", "ALTER TABLE, SET TABLESPACE"),
  detectedBy: "both",
  hazards: ["set-tablespace-access-method"],
  statements: ["AlterTableStmt", "AlterTableMoveAllStmt"],
  *check(step) {
    yield* movedIndex(step);
    if ("AlterTableMoveAllStmt" in step.node) {
      const { objtype, orig_tablespacename: from = "" } = step.node.AlterTableMoveAllStmt;
      const what = objtype === "OBJECT_INDEX" ? "index" : objtype === "OBJECT_MATVIEW" ? "materialized view" : "table";
      yield {
        message: `Every ${what} in the tablespace ${identifierText(from)}, whatever that is in production, is copied, one after the other, and each stays under an ACCESS EXCLUSIVE lock, which blocks reads and writes, until all of them are.`,
        help: `Name each ${what} that is to move, and move it by itself.`,
      };
    }
    for (const { command, target } of tableCommands(step, "AT_SetTableSpace", "AT_SetAccessMethod")) {
      if (!step.effects.rewrites.has(target.name)) continue;
      yield {
        message: `${command.subtype === "AT_SetTableSpace" ? "SET TABLESPACE" : "SET ACCESS METHOD"} copies all of ${target.name} unless nothing changes, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Create a new table where it belongs, copy the rows in batches, and swap the tables.",
        relation: target.name,
      };
    }
  },
};

/** An index that is moved: queries of its table ask for it while they are planned, whether they use it or not. */
function* movedIndex({ node, target, schema, isFresh }: Step): Iterable<Judgement> {
  if (!("AlterTableStmt" in node) || !node.AlterTableStmt.relation) return;
  const { name, sql } = target(node.AlterTableStmt.relation);
  const index = indexNamed(schema, name);
  if (node.AlterTableStmt.objtype !== "OBJECT_INDEX" && !index) return;
  if (isFresh(name) || (index && isFresh(index.table))) return;
  for (const each of node.AlterTableStmt.cmds ?? []) {
    if (!("AlterTableCmd" in each) || each.AlterTableCmd.subtype !== "AT_SetTableSpace") continue;
    const tablespace = identifierText(each.AlterTableCmd.name ?? "");
    yield {
      message: `SET TABLESPACE copies the index ${name}, holding ${lockPhrase("ACCESS EXCLUSIVE", name)} until it is done, and all queries of ${index?.table ?? "its table"} with it, since they look at every index.`,
      help: "Build the index anew where it belongs, which blocks nobody:",
      fix: [`REINDEX (TABLESPACE ${tablespace}) INDEX CONCURRENTLY ${sql}`],
      whole: true,
      relation: name,
    };
  }
}
