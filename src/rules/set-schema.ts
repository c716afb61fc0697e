import type { Rule } from "./rule.ts";
import { manual, relationText } from "./words.ts";

export const rule: Rule = {
  id: "set-schema",
  title: "A table in another schema is lost to the running application",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. Statements that name the table with its old schema, or find it by search_path, fail from this moment.",
  },
  remedy:
    "Create a view with the old name in the old schema in the same transaction, and drop it when no running version uses it.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-SET-SCHEMA", "ALTER TABLE, SET SCHEMA"),
  detectedBy: "both",
  hazards: ["set-schema"],
  statements: ["AlterObjectSchemaStmt"],
  *check(step, { direction, steps }) {
    if (!("AlterObjectSchemaStmt" in step.node) || direction === "down") return;
    const { relation, newschema = "" } = step.node.AlterObjectSchemaStmt;
    if (!relation) return;
    const target = step.target(relation);
    const kind = step.schema.relations.get(target.name)?.kind;
    if (
      target.fresh ||
      kind === "index" ||
      kind === "sequence" ||
      steps.at(-1)?.after.schema.relations.has(target.name)
    )
      return;
    yield {
      message: `Statements of the running application that find ${target.name} where it was fail from this moment.`,
      help: "Create a view with the old name in the same transaction:",
      fix: [step.sql, `CREATE VIEW ${target.sql} AS SELECT * FROM ${relationText(`${newschema}.${relation.relname}`)}`],
      relation: target.name,
    };
  },
};
