import { isSchemaLock, strongerMode } from "../postgres/blocked-by.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { isOptionOn, nameLists, nameParts, type Node, type RangeVar } from "../sql/syntax.ts";
import { alterTableEffects } from "./alter-table-effects.ts";
import type { Place } from "./apply.ts";
import { splitName } from "./edit.ts";
import { newRelationName, objectNameOf, relationName, relationNameOf } from "./names.ts";
import { indexNamed, qualified, type Schema, tableNamed, withDescendants } from "./schema.ts";
import { constraintNodes } from "./table-parts.ts";

/** What a statement does to relations that exist before it, as PostgreSQL's code and measurements say. Names are qualified. */
export interface Effects {
  /** The strongest mode on each relation, of those that plain queries don't take. */
  readonly locks: ReadonlyMap<string, LockMode>;
  /** Relations whose storage is written anew. */
  readonly rewrites: ReadonlySet<string>;
  /** Tables that are read whole. */
  readonly scans: ReadonlySet<string>;
  /** Whether rewrites and scans are assumed because something is not known. */
  readonly unsure: boolean;
}

/** Collects the effects of one statement. */
export interface EffectCollector {
  lock(relation: string, mode: LockMode): void;
  rewrite(relation: string): void;
  scan(relation: string): void;
  unsure(): void;
}

/** The effects of a statement on the schema before it, as far as the text tells. */
export function effectsOf(schema: Schema, node: Node, place: Place): Effects {
  const locks = new Map<string, LockMode>();
  const rewrites = new Set<string>();
  const scans = new Set<string>();
  let unsure = false;
  collect(schema, node, place, {
    lock: (relation, mode) => locks.set(relation, strongerMode(locks.get(relation), mode)),
    rewrite: (relation) => rewrites.add(relation),
    scan: (relation) => scans.add(relation),
    unsure: () => {
      unsure = true;
    },
  });
  for (const [relation, mode] of locks) if (!isSchemaLock(mode)) locks.delete(relation);
  return { locks, rewrites, scans, unsure };
}

function collect(schema: Schema, node: Node, place: Place, to: EffectCollector): void {
  const { searchPath } = place;
  const named = (relation: RangeVar): string => relationName(schema, searchPath, relation);
  const everyPart = (name: string, mode: LockMode): void => {
    for (const each of withDescendants(schema, name)) to.lock(each, mode);
  };

  if ("AlterTableStmt" in node) return alterTableEffects(schema, node.AlterTableStmt, place, to);
  if ("IndexStmt" in node) {
    const { relation, concurrent, idxname, if_not_exists } = node.IndexStmt;
    if (!relation) return;
    const table = named(relation);
    if (if_not_exists && idxname !== undefined && schema.relations.has(qualified(splitName(table)[0], idxname)))
      return to.lock(table, concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
    for (const each of relation.inh ? withDescendants(schema, table) : [table]) {
      const view = schema.relations.get(each);
      if (view && view.kind !== "table" && view.kind !== "materialized view") continue;
      to.lock(each, concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
      if (tableNamed(schema, each)?.variety !== "partitioned") to.scan(each);
    }
    return;
  }
  if ("CreateStmt" in node) {
    const { relation, tableElts = [], inhRelations = [], partbound, if_not_exists } = node.CreateStmt;
    if (if_not_exists && relation && schema.relations.has(newRelationName(searchPath, relation))) return;
    for (const parent of inhRelations) {
      if (!("RangeVar" in parent)) continue;
      const name = named(parent.RangeVar);
      to.lock(name, partbound ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE");
      if (!partbound) continue;
      const table = tableNamed(schema, name);
      for (const child of table?.children ?? [])
        if (tableNamed(schema, child)?.isDefaultPartition) {
          to.lock(child, "ACCESS EXCLUSIVE");
          to.scan(child);
        }
      for (const { references } of table?.constraints ?? [])
        if (references) to.lock(references.table, "SHARE ROW EXCLUSIVE");
      // The triggers that guard foreign keys to the parent are made for the new partition too.
      for (const other of table?.referencedBy ?? []) to.lock(other, "SHARE ROW EXCLUSIVE");
    }
    const inline = tableElts.flatMap((element) =>
      "ColumnDef" in element ? (element.ColumnDef.constraints ?? []) : [element],
    );
    for (const { contype, pktable } of constraintNodes([...inline, ...(node.CreateStmt.constraints ?? [])]))
      if (contype === "CONSTR_FOREIGN" && pktable) everyPart(named(pktable), "SHARE ROW EXCLUSIVE");
    return;
  }
  if ("DropStmt" in node) return dropEffects(schema, node.DropStmt, place, to);
  if ("TruncateStmt" in node) {
    for (const relation of node.TruncateStmt.relations ?? []) {
      if (!("RangeVar" in relation)) continue;
      const listed = new Set(
        relation.RangeVar.inh ? withDescendants(schema, named(relation.RangeVar)) : [named(relation.RangeVar)],
      );
      if (node.TruncateStmt.behavior === "DROP_CASCADE")
        for (const each of listed)
          for (const other of tableNamed(schema, each)?.referencedBy ?? [])
            for (const child of withDescendants(schema, other)) listed.add(child);
      for (const each of listed) {
        to.lock(each, "ACCESS EXCLUSIVE");
        if (tableNamed(schema, each)?.variety !== "partitioned") to.rewrite(each);
      }
    }
    return;
  }
  if ("LockStmt" in node) {
    const mode = lockStatementModes[(node.LockStmt.mode ?? 8) - 1] ?? "ACCESS EXCLUSIVE";
    for (const relation of node.LockStmt.relations ?? [])
      if ("RangeVar" in relation)
        for (const each of relation.RangeVar.inh
          ? withDescendants(schema, named(relation.RangeVar))
          : [named(relation.RangeVar)])
          to.lock(each, mode);
    return;
  }
  if ("RefreshMatViewStmt" in node) {
    const { relation, concurrent } = node.RefreshMatViewStmt;
    if (!relation) return;
    to.lock(named(relation), concurrent ? "EXCLUSIVE" : "ACCESS EXCLUSIVE");
    if (!concurrent) to.rewrite(named(relation));
    return;
  }
  if ("ClusterStmt" in node) {
    const { relation } = node.ClusterStmt;
    if (!relation) return;
    to.lock(named(relation), "ACCESS EXCLUSIVE");
    to.rewrite(named(relation));
    to.scan(named(relation));
    return;
  }
  if ("VacuumStmt" in node) {
    const { options, rels = [], is_vacuumcmd } = node.VacuumStmt;
    const full = (is_vacuumcmd ?? false) && isOptionOn(options, "full");
    for (const relation of rels) {
      const target = "VacuumRelation" in relation ? relation.VacuumRelation.relation : undefined;
      if (!target) continue;
      for (const each of withDescendants(schema, named(target))) {
        to.lock(each, full ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE");
        if (full) to.rewrite(each);
        if (full) to.scan(each);
      }
    }
    return;
  }
  if ("ReindexStmt" in node) {
    const { kind, relation, params } = node.ReindexStmt;
    if (!relation) return;
    const concurrently = isOptionOn(params, "concurrently");
    const name = named(relation);
    const tables =
      kind === "REINDEX_OBJECT_INDEX"
        ? [indexNamed(schema, name)?.table].flatMap((table) => table ?? [])
        : withDescendants(schema, name);
    for (const table of tables) {
      to.lock(table, concurrently ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
      if (kind === "REINDEX_OBJECT_INDEX" || (tableNamed(schema, table)?.indexes.length ?? 1) > 0) to.scan(table);
    }
    return;
  }
  if ("CreateTrigStmt" in node) {
    const { relation, constrrel } = node.CreateTrigStmt;
    if (relation) to.lock(named(relation), "SHARE ROW EXCLUSIVE");
    if (constrrel) to.lock(named(constrrel), "SHARE ROW EXCLUSIVE");
    return;
  }
  if ("RuleStmt" in node) return node.RuleStmt.relation && to.lock(named(node.RuleStmt.relation), "ACCESS EXCLUSIVE");
  if ("CreatePolicyStmt" in node)
    return node.CreatePolicyStmt.table && to.lock(named(node.CreatePolicyStmt.table), "ACCESS EXCLUSIVE");
  if ("AlterPolicyStmt" in node)
    return node.AlterPolicyStmt.table && to.lock(named(node.AlterPolicyStmt.table), "ACCESS EXCLUSIVE");
  if ("RenameStmt" in node) {
    const { relation, renameType } = node.RenameStmt;
    if (!relation) return;
    const name = named(relation);
    if (indexNamed(schema, name) || renameType === "OBJECT_INDEX") {
      const table = indexNamed(schema, name)?.table;
      return table === undefined ? undefined : undefined;
    }
    if (renameType === "OBJECT_COLUMN") return everyPart(name, "ACCESS EXCLUSIVE");
    return to.lock(name, "ACCESS EXCLUSIVE");
  }
  if ("AlterObjectSchemaStmt" in node) {
    const { relation, objectType } = node.AlterObjectSchemaStmt;
    if (relation && objectType !== "OBJECT_SEQUENCE") to.lock(named(relation), "ACCESS EXCLUSIVE");
    return;
  }
  if ("CommentStmt" in node) {
    const { objtype, object } = node.CommentStmt;
    if (!object || !("List" in object)) return;
    const parts = nameParts(object.List.items);
    if (objtype === "OBJECT_TABLE" || objtype === "OBJECT_VIEW" || objtype === "OBJECT_MATVIEW")
      return to.lock(relationNameOf(schema, searchPath, parts), "SHARE UPDATE EXCLUSIVE");
    if (
      objtype === "OBJECT_COLUMN" ||
      objtype === "OBJECT_TABCONSTRAINT" ||
      objtype === "OBJECT_TRIGGER" ||
      objtype === "OBJECT_POLICY" ||
      objtype === "OBJECT_RULE"
    )
      return to.lock(relationNameOf(schema, searchPath, parts.slice(0, -1)), "SHARE UPDATE EXCLUSIVE");
    return;
  }
  if ("CreatePublicationStmt" in node || "AlterPublicationStmt" in node) {
    const { pubobjects = [] } =
      "CreatePublicationStmt" in node ? node.CreatePublicationStmt : node.AlterPublicationStmt;
    for (const object of pubobjects) {
      const relation = "PublicationObjSpec" in object ? object.PublicationObjSpec.pubtable?.relation : undefined;
      if (relation?.inh) everyPart(named(relation), "SHARE UPDATE EXCLUSIVE");
      else if (relation) to.lock(named(relation), "SHARE UPDATE EXCLUSIVE");
    }
    return;
  }
  if ("CreateStatsStmt" in node) {
    for (const relation of node.CreateStatsStmt.relations ?? [])
      if ("RangeVar" in relation) to.lock(named(relation.RangeVar), "SHARE UPDATE EXCLUSIVE");
    return;
  }
  if ("ViewStmt" in node) {
    const { view, replace } = node.ViewStmt;
    if (view && replace && schema.relations.has(named(view))) to.lock(named(view), "ACCESS EXCLUSIVE");
    return;
  }
  if ("AlterDomainStmt" in node) {
    const { subtype, typeName, def } = node.AlterDomainStmt;
    const validates =
      subtype === "O" ||
      subtype === "V" ||
      (subtype === "C" && def && "Constraint" in def && !def.Constraint.skip_validation);
    if (!validates) return;
    const domain = objectNameOf(schema.types, searchPath, nameParts(typeName));
    for (const table of tablesWithType(schema, place, domain)) {
      to.lock(table, "SHARE");
      to.scan(table);
    }
  }
}

const lockStatementModes: readonly LockMode[] = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
];

function dropEffects(
  schema: Schema,
  statement: Extract<Node, { DropStmt: unknown }>["DropStmt"],
  place: Place,
  to: EffectCollector,
): void {
  const { removeType, objects, concurrent, behavior } = statement;
  const cascades = behavior === "DROP_CASCADE";
  const dropTable = (name: string): void => {
    for (const each of withDescendants(schema, name)) {
      to.lock(each, "ACCESS EXCLUSIVE");
      const table = tableNamed(schema, each);
      for (const { references } of table?.constraints ?? [])
        if (references) to.lock(references.table, "ACCESS EXCLUSIVE");
      if (cascades) for (const other of table?.referencedBy ?? []) to.lock(other, "ACCESS EXCLUSIVE");
    }
    const parent = tableNamed(schema, name)?.partitionOf;
    if (parent === undefined) return;
    to.lock(parent, "ACCESS EXCLUSIVE");
    for (const sibling of tableNamed(schema, parent)?.children ?? [])
      if (tableNamed(schema, sibling)?.isDefaultPartition) to.lock(sibling, "ACCESS EXCLUSIVE");
  };
  for (const parts of nameLists(objects)) {
    const name = relationNameOf(schema, place.searchPath, parts);
    if (cascades) {
      for (const view of viewsOver(schema, name)) to.lock(view, "ACCESS EXCLUSIVE");
      if (removeType === "OBJECT_TYPE" || removeType === "OBJECT_DOMAIN")
        for (const table of tablesWithType(schema, place, objectNameOf(schema.types, place.searchPath, parts)))
          for (const each of [table, ...viewsOver(schema, table)]) to.lock(each, "ACCESS EXCLUSIVE");
    }
    switch (removeType) {
      case "OBJECT_TABLE":
      case "OBJECT_FOREIGN_TABLE":
        dropTable(name);
        break;
      case "OBJECT_VIEW":
      case "OBJECT_MATVIEW":
        to.lock(name, "ACCESS EXCLUSIVE");
        break;
      case "OBJECT_INDEX": {
        const table = indexNamed(schema, name)?.table;
        if (table !== undefined) to.lock(table, concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE");
        break;
      }
      case "OBJECT_TRIGGER":
      case "OBJECT_RULE":
      case "OBJECT_POLICY":
        to.lock(relationNameOf(schema, place.searchPath, parts.slice(0, -1)), "ACCESS EXCLUSIVE");
        break;
      case "OBJECT_SCHEMA":
        if (cascades)
          for (const relation of schema.relations.values())
            if (relation.schema === parts.at(-1) && relation.kind !== "index" && relation.kind !== "sequence")
              to.lock(qualified(relation.schema, relation.name), "ACCESS EXCLUSIVE");
        break;
      default:
        break;
    }
  }
}

/** The tables with a column of that type. */
function tablesWithType(schema: Schema, { searchPath }: Place, wanted: string): readonly string[] {
  return [...schema.relations.values()].flatMap((relation) => {
    if (relation.kind !== "table") return [];
    const uses = relation.columns.some(
      ({ type }) =>
        type &&
        objectNameOf(schema.types, searchPath, type.schema === undefined ? [type.name] : [type.schema, type.name]) ===
          wanted,
    );
    return uses ? [qualified(relation.schema, relation.name)] : [];
  });
}

/** The views that read a relation, and those that read them. */
function viewsOver(schema: Schema, name: string): readonly string[] {
  const found = new Set([name]);
  for (const each of found)
    for (const relation of schema.relations.values())
      if ((relation.kind === "view" || relation.kind === "materialized view") && relation.reads.includes(each))
        found.add(qualified(relation.schema, relation.name));
  found.delete(name);
  return [...found];
}
