import { type BodyOf, nameParts, type Node } from "../../sql/syntax.ts";
import { withRelation } from "../edit.ts";
import { countGrants } from "../grant-counts.ts";
import { relationName } from "../names.ts";
import type { Place } from "../place.ts";
import { qualified, type Schema } from "../schema.ts";
import type { ApplyTable } from "./apply-table.ts";

/** What GRANT, REVOKE and ALTER DEFAULT PRIVILEGES say of tables and views. Which privilege it is makes no difference here. */
export const applyGrants = {
  GrantStmt(schema, statement, place) {
    const { is_grant: isGrant = false, objtype = "OBJECT_TABLE", grantees } = statement;
    if (objtype !== "OBJECT_TABLE") return schema;
    const roles = rolesIn(grantees);
    const counted = isGrant ? { ...schema, grantCounts: schema.grantCounts ?? countGrants(schema.relations) } : schema;
    return namedIn(schema, statement, place).reduce((current, name) => {
      const relation = current.relations.get(name);
      const { grantees = [] } = relation ?? {};
      // Most of what a grant on all tables of a schema names has it already.
      if (!relation || roles.every((role) => grantees.includes(role) === isGrant)) return current;
      const others = grantees.filter((role) => !roles.includes(role));
      return withRelation(current, { ...relation, grantees: isGrant ? [...others, ...roles] : others });
    }, counted);
  },
  AlterDefaultPrivilegesStmt(schema, { action }) {
    if (!action?.is_grant || action.objtype !== "OBJECT_TABLE") return schema;
    return { ...schema, defaultGrantees: [...(schema.defaultGrantees ?? []), ...rolesIn(action.grantees)] };
  },
} satisfies ApplyTable;

/** The relations that a GRANT is about. */
function namedIn(schema: Schema, { targtype, objects = [] }: BodyOf<"GrantStmt">, { searchPath }: Place) {
  if (targtype !== "ACL_TARGET_ALL_IN_SCHEMA")
    return objects.flatMap((each) => ("RangeVar" in each ? [relationName(schema, searchPath, each.RangeVar)] : []));
  const schemas = new Set(nameParts(objects));
  return schema.relations
    .values()
    .flatMap((relation) =>
      relation.kind !== "index" && relation.kind !== "sequence" && schemas.has(relation.schema)
        ? [qualified(relation.schema, relation.name)]
        : [],
    );
}

const rolesIn = (grantees: readonly Node[] = []): readonly string[] =>
  grantees.flatMap((each) => {
    if (!("RoleSpec" in each)) return [];
    const { roletype, rolename } = each.RoleSpec;
    return roletype === "ROLESPEC_PUBLIC" ? ["PUBLIC"] : (rolename ?? []);
  });
