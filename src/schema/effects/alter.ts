import { nameParts } from "../../sql/syntax.ts";
import { objectNameOf, relationNameOf } from "../names.ts";
import { indexNamed } from "../schema.ts";
import { tablesWithType } from "../users.ts";
import type { EffectTable } from "./effect-context.ts";

/** The effects of changing what is there, `ALTER TABLE` aside. */
export const alterEffects = {
  RenameStmt({ relation, renameType }, { schema, named, lock, lockTree }) {
    if (!relation) return;
    const name = named(relation);
    if (indexNamed(schema, name) || renameType === "OBJECT_INDEX") return;
    if (renameType === "OBJECT_COLUMN") return lockTree(name, "ACCESS EXCLUSIVE");
    lock(name, "ACCESS EXCLUSIVE");
  },
  AlterObjectSchemaStmt({ relation, objectType }, { named, lock }) {
    if (relation && objectType !== "OBJECT_SEQUENCE") lock(named(relation), "ACCESS EXCLUSIVE");
  },
  AlterPolicyStmt({ table }, { named, lock }) {
    if (table) lock(named(table), "ACCESS EXCLUSIVE");
  },
  CommentStmt({ objtype = "OBJECT_TYPE", object }, { schema, place, lock }) {
    if (!object || !("List" in object)) return;
    const parts = nameParts(object.List.items);
    const relation = relations.has(objtype) ? parts : partsOfTable.has(objtype) ? parts.slice(0, -1) : undefined;
    if (relation) lock(relationNameOf(schema, place.searchPath, relation), "SHARE UPDATE EXCLUSIVE");
  },
  AlterDomainStmt({ subtype, typeName, def }, { schema, place, lock, scan }) {
    // O: set not null, V: validate a constraint, C: add one.
    const validates =
      subtype === "O" ||
      subtype === "V" ||
      (subtype === "C" && def && "Constraint" in def && !def.Constraint.skip_validation);
    if (!validates) return;
    const domain = objectNameOf(schema.types, place.searchPath, nameParts(typeName));
    for (const table of tablesWithType(schema, place, domain)) {
      lock(table, "SHARE");
      scan(table);
    }
  },
} satisfies EffectTable;

const relations = new Set(["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);
const partsOfTable = new Set([
  "OBJECT_COLUMN",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
]);
