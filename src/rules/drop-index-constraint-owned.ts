import { indexNamed } from "../schema/schema.ts";
import { relationNameOf } from "../schema/names.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-index-constraint-owned",
  title: "PostgreSQL refuses to drop the index of a constraint",
  severity: "error",
  effect: { consequence: "The migration fails: the index goes only with its constraint." },
  remedy: "Drop the constraint; its index goes with it.",
  source: manual("sql-dropindex", "DROP INDEX"),
  detectedBy: "both",
  hazards: ["drop-index-constraint-owned"],
  statements: ["DropStmt"],
  *check(step) {
    if (!("DropStmt" in step.node) || step.node.DropStmt.removeType !== "OBJECT_INDEX") return;
    for (const parts of nameLists(step.node.DropStmt.objects)) {
      const index = indexNamed(step.schema, relationNameOf(step.schema, step.searchPath, parts));
      if (!index?.ofConstraint) continue;
      const [schema = "", table = ""] = index.table.split(".");
      yield {
        message: `${index.name} belongs to the constraint of the same name on ${index.table}, so PostgreSQL refuses to drop it.`,
        help: "Drop the constraint:",
        fix: [
          `ALTER TABLE ${identifierText(schema)}.${identifierText(table)} DROP CONSTRAINT ${identifierText(index.name)}`,
        ],
        relation: index.table,
        sqlState: "2BP01",
      };
    }
  },
};
