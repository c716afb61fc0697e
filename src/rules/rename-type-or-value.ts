import { objectNameOf } from "../schema/names.ts";
import { isOwn } from "../schema/session.ts";
import { nameLists, type Node } from "../sql/syntax.ts";
import { routineKinds, typeKinds } from "./object-kinds.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "rename-type-or-value",
  title: "The running application still uses the old name",
  severity: "warning",
  effect: {
    consequence:
      "No table is locked. Clients that send the old label, call the function by its old name or name the constraint in ON CONFLICT fail from this moment.",
  },
  remedy: "Add the new value or function beside the old one, and remove the old in a later release.",
  harmless:
    "Renamed indexes, sequences and triggers, and a type or routine whose name another one has when the migration ends.",
  source: manual("sql-altertype", "ALTER TYPE"),
  detectedBy: "both",
  hazards: ["rename-type-enum-value-function"],
  statements: ["AlterEnumStmt", "RenameStmt"],
  *check(step, { direction, steps }) {
    if (direction === "down") return;
    if ("AlterEnumStmt" in step.node && step.node.AlterEnumStmt.oldVal !== undefined)
      yield {
        message: `Clients that send or expect the value ${step.node.AlterEnumStmt.oldVal} fail from this moment.`,
        help: "Add a new value instead, and let the application move to it.",
      };
    if (!("RenameStmt" in step.node)) return;
    const what = kinds[step.node.RenameStmt.renameType ?? ""];
    if (what === undefined || isUnused(step, step.node.RenameStmt.object, steps.at(-1) ?? step)) return;
    yield {
      message: `Statements of the running application that use the ${what} by its old name fail from this moment.`,
      help: `Create a second ${what} with the new name, and drop the old in a later release.`,
    };
  },
};

/** Whether nothing uses the type or routine by that name, because the migration made it, or makes another in its place. */
function isUnused({ before, schema, searchPath }: Step, object: Node | undefined, last: Step): boolean {
  const [parts = []] = nameLists(object ? [object] : []);
  return ([schema.types, schema.routines] as const).some((objects, index) => {
    const name = objectNameOf(objects, searchPath, parts);
    const known = objects.get(name);
    if (!known) return false;
    const { types, routines } = last.after.schema;
    return isOwn(before, known.created) || [types, routines][index]?.has(name);
  });
}

const kinds = { ...typeKinds, ...routineKinds };
