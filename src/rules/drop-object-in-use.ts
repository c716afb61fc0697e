import { nameLists } from "../sql/syntax.ts";
import { objectNameOf, relationNameOf } from "../schema/names.ts";
import { isOwn } from "../schema/session.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-object-in-use",
  title: "The running application may still use what is dropped",
  severity: "warning",
  effect: { consequence: "Code that calls the function, reads the view or casts to the type fails from this moment." },
  remedy: "Stop using it in one release, and drop it in a later one.",
  harmless: "What the same migration creates again or created itself, and the way back of a migration that creates it.",
  source: manual("ddl-depend", "Dependency Tracking"),
  detectedBy: "static",
  hazards: ["drop-view-function-sequence-type"],
  statements: ["DropStmt"],
  *check(step, { direction, steps }) {
    if (!("DropStmt" in step.node) || direction === "down") return;
    const { removeType = "OBJECT_TABLE", objects, behavior } = step.node.DropStmt;
    const what = kinds[removeType];
    if (what === undefined || behavior === "DROP_CASCADE") return;
    const isRelation =
      removeType === "OBJECT_VIEW" || removeType === "OBJECT_MATVIEW" || removeType === "OBJECT_SEQUENCE";
    const last = steps.at(-1)?.after.schema;
    for (const parts of nameLists(objects)) {
      const kept = isRelation
        ? (schema: typeof step.schema) => schema.relations.get(relationNameOf(schema, step.searchPath, parts))
        : (schema: typeof step.schema) =>
            removeType === "OBJECT_TYPE" || removeType === "OBJECT_DOMAIN"
              ? schema.types.get(objectNameOf(schema.types, step.searchPath, parts))
              : schema.routines.get(objectNameOf(schema.routines, step.searchPath, parts));
      const present = kept(step.schema);
      if (isOwn(step.before, present?.created) || (last && kept(last))) continue;
      if (step.node.DropStmt.missing_ok && !present) continue;
      // It got that name from the migration itself.
      if (present && steps[0] && !kept(steps[0].schema)) continue;
      // Only triggers call it, and PostgreSQL does not drop it while one does.
      if (present && "returnsTrigger" in present && present.returnsTrigger) continue;
      yield {
        message: `Code of the running application that uses the ${what} ${parts.join(".")} fails from this moment.`,
        help: `Drop the ${what} only in a release after the one that stopped using it, and say so with an allowance.`,
        ...(isRelation ? { relation: relationNameOf(step.schema, step.searchPath, parts) } : {}),
      };
    }
  },
};

const kinds: Readonly<Record<string, string>> = {
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "domain",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_SEQUENCE: "sequence",
};
