import { nameLists } from "../sql/syntax.ts";
import { objectNameOf, relationNameOf } from "../schema/names.ts";
import { isOwn } from "../schema/session.ts";
import { relationKinds, routineKinds, typeKinds } from "./object-kinds.ts";
import type { Judgement, Rule, Step } from "./rule.ts";
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
  statements: ["DropStmt", "AlterTableStmt"],
  *check(step, { direction, steps }) {
    if (direction === "down") return;
    yield* droppedAttributes(step);
    if (!("DropStmt" in step.node)) return;
    const { removeType = "OBJECT_TABLE", objects, behavior } = step.node.DropStmt;
    const what = kinds[removeType];
    if (what === undefined || behavior === "DROP_CASCADE") return;
    const isRelation = removeType in relationKinds;
    const last = steps.at(-1)?.after.schema;
    for (const parts of nameLists(objects)) {
      const kept = (schema: typeof step.schema) => {
        if (isRelation) return schema.relations.get(relationNameOf(schema, step.searchPath, parts));
        const named = removeType in typeKinds ? schema.types : schema.routines;
        return named.get(objectNameOf(named, step.searchPath, parts));
      };
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

const kinds = { ...relationKinds, ...typeKinds, ...routineKinds };

/** The attributes of a composite type that go, with what the columns of that type hold in them. */
function* droppedAttributes({ node, schema, searchPath, before }: Step): Iterable<Judgement> {
  if (!("AlterTableStmt" in node) || node.AlterTableStmt.objtype !== "OBJECT_TYPE") return;
  const { relation, cmds = [] } = node.AlterTableStmt;
  const type = objectNameOf(schema.types, searchPath, [relation?.schemaname ?? [], relation?.relname ?? []].flat());
  if (isOwn(before, schema.types.get(type)?.created)) return;
  for (const each of cmds)
    if ("AlterTableCmd" in each && each.AlterTableCmd.subtype === "AT_DropColumn")
      yield {
        message: `Code of the running application that uses the attribute ${each.AlterTableCmd.name} of the type ${type} fails from this moment, and its values are gone from every row that holds one.`,
        help: "Drop the attribute only in a release after the one that stopped using it, and say so with an allowance.",
      };
}
