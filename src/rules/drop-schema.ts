import { knowsMissing } from "../schema/place.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-schema",
  title: "Dropping a schema drops all that is in it",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "With CASCADE every table in it is locked and dropped in one transaction, and whatever elsewhere depends on one of them goes too.",
  },
  remedy: "Drop the objects by name in releases of their own, and the empty schema last.",
  harmless:
    "A schema that is dropped without CASCADE, which PostgreSQL refuses unless it is empty, and the way back of CREATE SCHEMA.",
  source: manual("sql-dropschema", "DROP SCHEMA"),
  detectedBy: "both",
  hazards: ["drop-schema"],
  statements: ["DropStmt"],
  *check(step, { direction }) {
    if (!("DropStmt" in step.node) || direction === "down") return;
    const { removeType, behavior, objects } = step.node.DropStmt;
    if (removeType !== "OBJECT_SCHEMA" || behavior !== "DROP_CASCADE") return;
    const names = nameLists(objects)
      .map((parts) => parts.at(-1))
      .join(", ");
    const dropped = new Set(nameLists(objects).map((parts) => parts.at(-1)));
    const holdsTables = step.schema.relations.values().some(({ schema }) => dropped.has(schema));
    // Functions and types can be made again; where the history makes everything, it has no rows to lose there.
    if (knowsMissing(step.before) && !holdsTables)
      yield {
        message: `Whatever is in ${names} is dropped without being named; no migration makes a table there.`,
        help: `Drop what is in it by name, and the empty schema then: DROP SCHEMA ${names}.`,
        severity: "warning",
      };
    else
      yield {
        message: `Every table in ${names} is dropped with its rows, under an ACCESS EXCLUSIVE lock on each, which blocks reads and writes.`,
        help: `Drop what is in it by name, and the empty schema then: DROP SCHEMA ${names}.`,
      };
  },
};
