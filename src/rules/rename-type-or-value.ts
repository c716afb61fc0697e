import { objectNameOf } from "../schema/names.ts";
import { nameLists, type Node } from "../sql/syntax.ts";
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
  harmless: "Renamed indexes, sequences and triggers.",
  source: manual("sql-altertype", "ALTER TYPE"),
  detectedBy: "both",
  hazards: ["rename-type-enum-value-function", "enum-binary-clients"],
  statements: ["AlterEnumStmt", "RenameStmt"],
  *check(step, { direction }) {
    if (direction === "down") return;
    if ("AlterEnumStmt" in step.node && step.node.AlterEnumStmt.oldVal !== undefined)
      yield {
        message: `Clients that send or expect the value ${step.node.AlterEnumStmt.oldVal} fail from this moment.`,
        help: "Add a new value instead, and let the application move to it.",
      };
    if (!("RenameStmt" in step.node)) return;
    const what = kinds[step.node.RenameStmt.renameType ?? ""];
    if (what === undefined || isNew(step, step.node.RenameStmt.object)) return;
    yield {
      message: `Statements of the running application that use the ${what} by its old name fail from this moment.`,
      help: `Create a second ${what} with the new name, and drop the old in a later release.`,
    };
  },
};

/** Whether the migration itself made the type or routine, so that nothing uses it by that name. */
function isNew({ before, schema, searchPath }: Step, object: Node | undefined): boolean {
  const [parts = []] = nameLists(object ? [object] : []);
  const created = [schema.types, schema.routines].map(
    (objects) => objects.get(objectNameOf(objects, searchPath, parts))?.created,
  );
  return created.some((one) => one?.migration === before.migration);
}

const kinds: Readonly<Record<string, string>> = {
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "domain",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
};
