import { isSchemaLock, strongerMode } from "../../postgres/blocked-by.ts";
import type { LockMode } from "../../postgres/lock-modes.ts";
import { type BodyOf, type Node, nodeKind } from "../../sql/syntax.ts";
import { relationName } from "../names.ts";
import type { Place } from "../place.ts";
import { type Schema, withDescendants } from "../schema.ts";
import { alterEffects } from "./alter.ts";
import { alterTableEffects } from "./alter-table.ts";
import { createEffects } from "./create.ts";
import { dropEffects } from "./drop.ts";
import type { EffectContext, EffectTable } from "./effect-context.ts";
import { maintenanceEffects } from "./maintenance.ts";

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

/** One entry for each kind of statement that has an effect. */
const effects: EffectTable = {
  ...createEffects,
  ...alterEffects,
  ...dropEffects,
  ...maintenanceEffects,
  AlterTableStmt: alterTableEffects,
};

/** The effects of a statement on the schema before it, as far as the text tells. */
export function effectsOf(schema: Schema, node: Node, place: Place): Effects {
  const kind = nodeKind(node);
  const effect = effects[kind] as ((body: unknown, context: EffectContext) => void) | undefined;
  if (!effect) return none;
  const locks = new Map<string, LockMode>();
  const rewrites = new Set<string>();
  const scans = new Set<string>();
  let unsure = false;
  const lock = (relation: string, mode: LockMode): void =>
    void locks.set(relation, strongerMode(locks.get(relation), mode));
  effect((node as Readonly<Record<string, unknown>>)[kind] as BodyOf<typeof kind>, {
    schema,
    place,
    named: (relation) => relationName(schema, place.searchPath, relation),
    lock,
    lockTree: (relation, mode) => {
      for (const each of withDescendants(schema, relation)) lock(each, mode);
    },
    rewrite: (relation) => rewrites.add(relation),
    scan: (relation) => scans.add(relation),
    unsure: () => {
      unsure = true;
    },
  });
  for (const [relation, mode] of locks) if (!isSchemaLock(mode)) locks.delete(relation);
  return { locks, rewrites, scans, unsure };
}

const none: Effects = { locks: new Map(), rewrites: new Set(), scans: new Set(), unsure: false };
