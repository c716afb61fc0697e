import { knowsMissing } from "../place.ts";
import { nameLists } from "../../sql/syntax.ts";
import { objectNameOf, relationNameOf } from "../names.ts";
import { indexNamed, qualified, tableNamed, withDescendants } from "../schema.ts";
import { tablesWithTriggerOf, tablesWithType, viewsOver } from "../users.ts";
import type { EffectContext, EffectTable } from "./effect-context.ts";

/** What `DROP` names as a relation: where it does not exist, nothing is locked. */
const isRelation = new Set(["OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);

/** The effects of `DROP`. */
export const dropEffects = {
  DropStmt({ removeType, objects, concurrent, behavior, missing_ok }, context) {
    const { schema, place, lock } = context;
    const cascades = behavior === "DROP_CASCADE";
    for (const parts of nameLists(objects)) {
      const name = relationNameOf(schema, place.searchPath, parts);
      if (cascades) lockDependants(parts, removeType, context);
      if (missing_ok && knowsMissing(place) && isRelation.has(removeType ?? "") && !schema.relations.has(name))
        continue;
      switch (removeType) {
        case "OBJECT_TABLE":
        case "OBJECT_FOREIGN_TABLE":
          dropTable(name, cascades, context);
          break;
        case "OBJECT_VIEW":
        case "OBJECT_MATVIEW":
          lock(name, "ACCESS EXCLUSIVE");
          break;
        case "OBJECT_INDEX": {
          const table = indexNamed(schema, name)?.table;
          if (table !== undefined) lock(table, concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
          break;
        }
        case "OBJECT_TRIGGER":
        case "OBJECT_RULE":
        case "OBJECT_POLICY":
          lock(relationNameOf(schema, place.searchPath, parts.slice(0, -1)), "ACCESS EXCLUSIVE");
          break;
        case "OBJECT_SCHEMA":
          if (cascades) lockEverythingIn(parts.at(-1) ?? "", context);
          break;
        default:
          break;
      }
    }
  },
} satisfies EffectTable;

function dropTable(name: string, cascades: boolean, { schema, lock }: EffectContext): void {
  for (const each of withDescendants(schema, name)) {
    lock(each, "ACCESS EXCLUSIVE");
    const table = tableNamed(schema, each);
    for (const { references } of table?.constraints ?? []) if (references) lock(references.table, "ACCESS EXCLUSIVE");
    if (cascades) for (const other of table?.referencedBy ?? []) lock(other, "ACCESS EXCLUSIVE");
  }
  const parent = tableNamed(schema, name)?.partitionOf;
  if (parent === undefined) return;
  lock(parent, "ACCESS EXCLUSIVE");
  for (const sibling of tableNamed(schema, parent)?.children ?? [])
    if (tableNamed(schema, sibling)?.isDefaultPartition) lock(sibling, "ACCESS EXCLUSIVE");
}

const routineTypes = new Set(["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"]);

/** The views over what is dropped, and the tables that lose their columns of a dropped type, or their triggers. */
function lockDependants(
  parts: readonly string[],
  removeType: string | undefined,
  { schema, place, lock }: EffectContext,
): void {
  const ofType = removeType === "OBJECT_TYPE" || removeType === "OBJECT_DOMAIN";
  const tables = ofType ? tablesWithType(schema, place, objectNameOf(schema.types, place.searchPath, parts)) : [];
  if (routineTypes.has(removeType ?? ""))
    for (const table of tablesWithTriggerOf(schema, objectNameOf(schema.routines, place.searchPath, parts)))
      lock(table, "ACCESS EXCLUSIVE");
  for (const table of tables) lock(table, "ACCESS EXCLUSIVE");
  for (const relation of [relationNameOf(schema, place.searchPath, parts), ...tables])
    for (const view of viewsOver(schema, relation)) lock(view, "ACCESS EXCLUSIVE");
}

function lockEverythingIn(name: string, { schema, lock }: EffectContext): void {
  for (const relation of schema.relations.values())
    if (relation.schema === name && relation.kind !== "index" && relation.kind !== "sequence")
      lock(qualified(relation.schema, relation.name), "ACCESS EXCLUSIVE");
}
