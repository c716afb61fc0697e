import { indexNamed } from "../schema/schema.ts";
import type { Step, Target } from "./rule.ts";

/** The relation that a `RENAME` is about, unless that is an index or a sequence, which no application names. */
export function renamedRelation(step: Step): Target | undefined {
  if (!("RenameStmt" in step.node)) return undefined;
  const { relation, renameType } = step.node.RenameStmt;
  if (!relation || renameType === "OBJECT_INDEX" || renameType === "OBJECT_SEQUENCE") return undefined;
  const target = step.target(relation);
  return indexNamed(step.schema, target.name) || step.schema.relations.get(target.name)?.kind === "sequence"
    ? undefined
    : target;
}
