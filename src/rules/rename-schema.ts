import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "rename-schema",
  title: "A renamed schema breaks every name in it",
  severity: "error",
  effect: {
    consequence:
      "No table is locked, and every statement that names something with the schema, or finds it by search_path, fails from this moment.",
  },
  remedy: "Create the new schema, move or recreate the objects one at a time with views under their old names.",
  source: manual("sql-alterschema", "ALTER SCHEMA"),
  detectedBy: "both",
  hazards: ["rename-schema"],
  statements: ["RenameStmt"],
  *check(step, { direction }) {
    if (!("RenameStmt" in step.node) || direction === "down" || step.node.RenameStmt.renameType !== "OBJECT_SCHEMA")
      return;
    yield {
      message: `Every statement of the running application that finds something in the schema ${step.node.RenameStmt.subname} fails from this moment.`,
      help: "Create a schema with the new name, and move the objects one at a time, with views under their old names.",
    };
  },
};
