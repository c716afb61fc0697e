import { lockModes } from "../../postgres/lock-modes.ts";
import { isOptionOn, type RangeVar } from "../../sql/syntax.ts";
import { isFrom18 } from "../place.ts";
import { indexNamed, tableNamed, withDescendants } from "../schema.ts";
import type { EffectContext, EffectTable } from "./effect-context.ts";

/** The effects of emptying, locking and tidying up what is there. */
export const maintenanceEffects = {
  TruncateStmt({ relations = [], behavior }, context) {
    const { schema, lock, rewrite } = context;
    for (const relation of relations) {
      if (!("RangeVar" in relation)) continue;
      const listed = new Set(meant(relation.RangeVar, context));
      if (behavior === "DROP_CASCADE")
        for (const each of listed)
          for (const other of tableNamed(schema, each)?.referencedBy ?? [])
            for (const child of withDescendants(schema, other)) listed.add(child);
      for (const each of listed) {
        lock(each, "ACCESS EXCLUSIVE");
        if (tableNamed(schema, each)?.variety !== "partitioned") rewrite(each);
      }
    }
  },
  LockStmt({ relations = [], mode: number = 8 }, context) {
    const mode = lockModes[number - 1] ?? "ACCESS EXCLUSIVE";
    for (const relation of relations)
      if ("RangeVar" in relation) for (const each of meant(relation.RangeVar, context)) context.lock(each, mode);
  },
  RefreshMatViewStmt({ relation, concurrent }, { named, lock, rewrite }) {
    if (!relation) return;
    lock(named(relation), concurrent ? "EXCLUSIVE" : "ACCESS EXCLUSIVE");
    if (!concurrent) rewrite(named(relation));
  },
  ClusterStmt({ relation }, { named, lock, rewrite, scan }) {
    if (!relation) return;
    lock(named(relation), "ACCESS EXCLUSIVE");
    rewrite(named(relation));
    scan(named(relation));
  },
  VacuumStmt({ options, rels = [], is_vacuumcmd }, context) {
    const { schema, place, named, lock, rewrite, scan } = context;
    const full = (is_vacuumcmd ?? false) && isOptionOn(options, "full");
    for (const relation of rels) {
      const target = "VacuumRelation" in relation ? relation.VacuumRelation.relation : undefined;
      if (!target) continue;
      // Before 18 it goes down to partitions, but not to tables that inherit.
      const goesDown = isFrom18(place) || tableNamed(schema, named(target))?.variety === "partitioned";
      for (const each of goesDown ? meant(target, context) : [named(target)]) {
        lock(each, full ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE");
        if (!full || tableNamed(schema, each)?.variety === "partitioned") continue;
        rewrite(each);
        scan(each);
      }
    }
  },
  ReindexStmt({ kind, relation, params }, { schema, named, lock, scan }) {
    if (!relation) return;
    const ofIndex = kind === "REINDEX_OBJECT_INDEX";
    const name = named(relation);
    const owner = indexNamed(schema, name)?.table;
    const tables = ofIndex ? (owner === undefined ? [] : [owner]) : withDescendants(schema, name);
    for (const table of tables) {
      lock(table, isOptionOn(params, "concurrently") ? "SHARE UPDATE EXCLUSIVE" : "SHARE");
      if (ofIndex || (tableNamed(schema, table)?.indexes.length ?? 1) > 0) scan(table);
    }
  },
} satisfies EffectTable;

/** The tables that a statement means by a name: without `ONLY` those below it too. */
const meant = (relation: RangeVar, { schema, named }: EffectContext): readonly string[] =>
  relation.inh ? withDescendants(schema, named(relation)) : [named(relation)];
