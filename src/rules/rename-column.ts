import { tableNamed } from "../schema/schema.ts";
import { isOwn } from "../schema/session.ts";
import { keptByTrigger, namedInBodies } from "./named-in-bodies.ts";
import { renamedRelation } from "./renames.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "rename-column",
  title: "A renamed column breaks the running application",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. Every statement of the running application that names the column fails from this moment, and so do functions whose bodies name it.",
  },
  remedy:
    "Add a column with the new name, write both, fill the old rows in batches, and drop the old column in a later release.",
  harmless:
    "A table that the same migration creates, or a column that it adds, one whose name another takes in the same transaction, one that a trigger has kept until it takes the name of another, and the way back of a rename.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-RENAME", "ALTER TABLE, RENAME"),
  detectedBy: "both",
  hazards: ["rename-column", "drop-column-used-by-function-body"],
  statements: ["RenameStmt"],
  *check(step, { direction, steps }) {
    if (!("RenameStmt" in step.node) || direction === "down" || step.node.RenameStmt.renameType !== "OBJECT_COLUMN")
      return;
    const target = renamedRelation(step);
    if (!target || target.fresh || changesPlaces(step, target.name, steps)) return;
    const { subname = "" } = step.node.RenameStmt;
    const column = tableNamed(step.schema, target.name)?.columns.find(({ name }) => name === subname);
    if (isOwn(step.before, column?.added)) return;
    yield {
      message: [
        `Every statement of the running application that names ${subname} of ${target.name} fails from this moment.`,
        ...namedInBodies(step.schema, target.name, subname),
      ].join(" "),
      help: "Add a column with the new name, write both, and drop the old one in a later release.",
      relation: target.name,
    };
  },
};

/**
 * Whether the name of the column goes on: another column takes it in the same transaction, or nobody but a trigger had to name it
 * for a column that takes the name of another.
 */
function changesPlaces({ node, transaction, index }: Step, table: string, steps: readonly Step[]): boolean {
  if (!transaction || !("RenameStmt" in node)) return false;
  const { subname = "", newname } = node.RenameStmt;
  const renames = steps.flatMap((other) => {
    if (other.transaction?.id !== transaction.id || !("RenameStmt" in other.node)) return [];
    const { renameType, subname: from, newname: to } = other.node.RenameStmt;
    const isOfTable = renameType === "OBJECT_COLUMN" && renamedRelation(other)?.name === table;
    return isOfTable ? [{ from, to, isBefore: other.index < index, isAfter: other.index > index }] : [];
  });
  const isTaken = renames.some(({ to, isAfter }) => isAfter && to === subname);
  const isPassing = renames.some(({ to, isBefore }) => isBefore && to === subname);
  const takes = renames.some(({ from, isBefore }) => isBefore && from === newname);
  return isTaken || isPassing || (takes && keptByTrigger(transaction.before.schema, table, subname));
}
