import type { Node } from "../../sql/syntax.ts";
import { constraintNodes } from "../table-parts.ts";
import { newRelationName } from "../names.ts";
import { splitName } from "../edit.ts";
import { qualified, tableNamed, withDescendants } from "../schema.ts";
import type { EffectContext, EffectTable } from "./effect-context.ts";

/** The effects of making something that belongs to a table, or refers to one. */
export const createEffects = {
  IndexStmt({ relation, concurrent, idxname, if_not_exists }, { schema, named, lock, scan }) {
    if (!relation) return;
    const table = named(relation);
    const mode = concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    if (if_not_exists && idxname !== undefined && schema.relations.has(qualified(splitName(table)[0], idxname)))
      return lock(table, mode);
    // Tables that only inherit have indexes of their own.
    const isPartitioned = tableNamed(schema, table)?.variety === "partitioned";
    for (const each of relation.inh && isPartitioned ? withDescendants(schema, table) : [table]) {
      const view = schema.relations.get(each);
      if (view && view.kind !== "table" && view.kind !== "materialized view") continue;
      lock(each, mode);
      if (tableNamed(schema, each)?.variety !== "partitioned") scan(each);
    }
  },
  CreateStmt({ relation, tableElts = [], inhRelations = [], partbound, if_not_exists, constraints = [] }, context) {
    const { schema, place, named, lock, lockTree } = context;
    if (if_not_exists && relation && schema.relations.has(newRelationName(place.searchPath, relation))) return;
    for (const parent of inhRelations) {
      if (!("RangeVar" in parent)) continue;
      const name = named(parent.RangeVar);
      if (partbound) lockForPartition(name, context);
      else lock(name, "SHARE UPDATE EXCLUSIVE");
    }
    const inline = tableElts.flatMap((element) =>
      "ColumnDef" in element ? (element.ColumnDef.constraints ?? []) : [element],
    );
    for (const { contype, pktable } of constraintNodes([...inline, ...constraints]))
      if (contype === "CONSTR_FOREIGN" && pktable) lockTree(named(pktable), "SHARE ROW EXCLUSIVE");
  },
  CreateTrigStmt({ relation, constrrel }, { named, lock }) {
    if (relation) lock(named(relation), "SHARE ROW EXCLUSIVE");
    if (constrrel) lock(named(constrrel), "SHARE ROW EXCLUSIVE");
  },
  RuleStmt({ relation }, { named, lock }) {
    if (relation) lock(named(relation), "ACCESS EXCLUSIVE");
  },
  CreatePolicyStmt({ table }, { named, lock }) {
    if (table) lock(named(table), "ACCESS EXCLUSIVE");
  },
  CreatePublicationStmt: ({ pubobjects }, context) => lockPublished(pubobjects, context),
  AlterPublicationStmt: ({ pubobjects }, context) => lockPublished(pubobjects, context),
  CreateStatsStmt({ relations = [] }, { named, lock }) {
    for (const relation of relations)
      if ("RangeVar" in relation) lock(named(relation.RangeVar), "SHARE UPDATE EXCLUSIVE");
  },
  ViewStmt({ view, replace }, { schema, named, lock }) {
    if (view && replace && schema.relations.has(named(view))) lock(named(view), "ACCESS EXCLUSIVE");
  },
} satisfies EffectTable;

/** What `CREATE TABLE … PARTITION OF` locks beside the new partition. */
function lockForPartition(parent: string, { schema, lock, scan }: EffectContext): void {
  lock(parent, "ACCESS EXCLUSIVE");
  const table = tableNamed(schema, parent);
  for (const child of table?.children ?? [])
    if (tableNamed(schema, child)?.isDefaultPartition) {
      lock(child, "ACCESS EXCLUSIVE");
      scan(child);
    }
  for (const { references } of table?.constraints ?? []) if (references) lock(references.table, "SHARE ROW EXCLUSIVE");
  // The triggers that guard foreign keys to the parent are made for the new partition too.
  for (const other of table?.referencedBy ?? []) lock(other, "SHARE ROW EXCLUSIVE");
}

function lockPublished(objects: readonly Node[] = [], { named, lock, lockTree }: EffectContext): void {
  for (const object of objects) {
    const relation = "PublicationObjSpec" in object ? object.PublicationObjSpec.pubtable?.relation : undefined;
    if (relation?.inh) lockTree(named(relation), "SHARE UPDATE EXCLUSIVE");
    else if (relation) lock(named(relation), "SHARE UPDATE EXCLUSIVE");
  }
}
