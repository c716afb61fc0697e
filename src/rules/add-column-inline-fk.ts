import { objectName } from "../schema/object-name.ts";
import { defaultOf } from "../schema/column-rewrite.ts";
import { relationName } from "../schema/names.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { type Constraint, nameParts } from "../sql/syntax.ts";
import { addedColumns } from "./alter-table.ts";
import { bareColumn } from "./bare-column.ts";
import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "add-column-inline-fk",
  title: "A foreign key in a new column locks two tables at once",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock of the new column and that of the foreign key, which blocks writes to the referenced table, are held together. With a default every row is looked up as well.",
  },
  remedy: "Add the column in one transaction, the foreign key as NOT VALID in another, and validate it in a third.",
  harmless: "A reference to a table that the same migration creates.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["add-column-inline-fk-no-default", "add-column-inline-fk-with-default"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddColumn"],
  *check(step) {
    for (const added of addedColumns(step)) {
      const { definition, name, column, target, table, constraints } = added;
      const key = constraints.find(({ contype }) => contype === "CONSTR_FOREIGN");
      if (!key?.pktable) continue;
      const parent = relationName(step.schema, step.searchPath, key.pktable);
      if (step.isFresh(parent)) continue;
      const constraint = identifierText(key.conname ?? objectName(table.name, [name], "fkey"));
      const scans = defaultOf(definition) !== undefined;
      yield {
        message: `The foreign key in the new column ${name} takes ${lockOn(step, parent)}${parent === target.name ? "" : ` together with ${lockOn(step, target.name)}`} in one statement${scans ? "; because of the default every row is looked up while they are held" : ""}.`,
        help: "Add the column, then the foreign key as NOT VALID, and validate it, each in a transaction of its own:",
        fix: [
          `ALTER TABLE ${target.sql} ADD COLUMN ${bareColumn(step, added)}`,
          `ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} FOREIGN KEY (${column}) REFERENCES ${step.target(key.pktable).sql}${keyText(key, constraints)} NOT VALID`,
          `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`,
        ],
        relation: parent,
        ...(scans ? { severity: "error" as const } : {}),
      };
    }
  },
};

/** What a foreign key says beside the table that it refers to; to the parser what it says of deferring is an entry of its own. */
function keyText(key: Constraint, all: readonly Constraint[]): string {
  const { pk_attrs, fk_matchtype, fk_upd_action = "a", fk_del_action = "a" } = key;
  const columns = nameParts(pk_attrs).map(identifierText).join(", ");
  const rest = all.slice(all.indexOf(key) + 1);
  const other = rest.findIndex(({ contype = "" }) => !contype.startsWith("CONSTR_ATTR_"));
  const attributes = new Set(rest.slice(0, other === -1 ? rest.length : other).map(({ contype }) => contype));
  return [
    columns === "" ? "" : ` (${columns})`,
    fk_matchtype === "f" ? " MATCH FULL" : "",
    fk_upd_action === "a" ? "" : ` ON UPDATE ${actions[fk_upd_action]}`,
    fk_del_action === "a" ? "" : ` ON DELETE ${actions[fk_del_action]}`,
    attributes.has("CONSTR_ATTR_DEFERRABLE") ? " DEFERRABLE" : "",
    attributes.has("CONSTR_ATTR_DEFERRED") ? " INITIALLY DEFERRED" : "",
  ].join("");
}

const actions: Readonly<Record<string, string>> = {
  r: "RESTRICT",
  c: "CASCADE",
  n: "SET NULL",
  d: "SET DEFAULT",
};
