import { grantsOnOlder } from "../schema/grant-counts.ts";
import { newRelationName } from "../schema/names.ts";
import { type Schema, type Table, tableNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { longestShown, manual, relationText } from "./words.ts";

export const rule: Rule = {
  id: "new-object-missing-grants",
  title: "A new table is granted to nobody to whom the others are",
  severity: "warning",
  effect: {
    consequence:
      "The role that reads and writes the other tables gets permission denied on this one; where tests run as the owner or a superuser, nobody notices before production.",
  },
  remedy: "Grant the table in the migration that creates it, or set ALTER DEFAULT PRIVILEGES for the role once.",
  harmless:
    "A history that grants nothing, a role that has fewer than two tables of the schema or no more than half of them, a later grant, and default privileges.",
  source: manual("ddl-priv", "Privileges"),
  detectedBy: "static",
  hazards: ["new-object-missing-grants"],
  statements: ["CreateStmt"],
  *check(step, { direction }) {
    if (direction === "down" || !("CreateStmt" in step.node)) return;
    const { relation, partbound } = step.node.CreateStmt;
    // A partition is reached by way of its parent.
    if (!relation || partbound || relation.relpersistence === "t") return;
    const name = newRelationName(step.searchPath, relation);
    const table = tableNamed(step.after.schema, name);
    if (!table || table === tableNamed(step.schema, name)) return;
    const roles = usualGrantees(step.schema, table).filter((role) => !isGranted(step.after.schema, name, role));
    if (roles.length === 0) return;
    yield {
      message: `${listed(roles)} can use most tables of ${table.schema}, and is not granted ${name}.`,
      help: "Grant what the role needs in this migration, for example:",
      fix: [
        ...(step.sql.split("\n").length > longestShown ? [] : [step.sql]),
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ${relationText(name)} TO ${roles.map(roleText).join(", ")}`,
      ],
      relation: name,
      unless: (final) => !tableNamed(final, name) || roles.every((role) => isGranted(final, name, role)),
    };
  },
};

/** The roles that most of the older tables of a schema are granted to. */
function usualGrantees(schema: Schema, table: Table): readonly string[] {
  const { tables, roles } = grantsOnOlder(schema, table);
  return [...roles].filter(([, count]) => count >= 2 && count > tables / 2).map(([role]) => role);
}

const isGranted = (schema: Schema, name: string, role: string): boolean =>
  (schema.defaultGrantees?.includes(role) ?? false) || (tableNamed(schema, name)?.grantees?.includes(role) ?? false);

const roleText = (role: string): string => (role === "PUBLIC" ? role : identifierText(role));
