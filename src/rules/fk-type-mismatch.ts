import { typeText } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import { storedType } from "../schema/type-change.ts";
import type { ColumnType } from "../schema/schema.ts";
import { newConstraints } from "./new-constraints.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "fk-type-mismatch",
  title: "A foreign key joins columns of different types",
  severity: "warning",
  effect: {
    consequence:
      "It works until the referenced column holds a value that the other cannot: then no row can refer to it. Changing the type later writes the table again.",
  },
  remedy: "Give the referencing column the type of the referenced one.",
  harmless:
    "Columns of two domains, or of a domain and its type, that are kept alike; and a type that holds every value of the other, as text does of varchar and bigint of integer.",
  source: manual("ddl-constraints#DDL-CONSTRAINTS-FK", "Foreign Keys"),
  detectedBy: "static",
  hazards: ["fk-column-type-mismatch"],
  statements: ["CreateStmt", "AlterTableStmt"],
  *check(step, { direction }) {
    const added = direction === "down" ? undefined : newConstraints(step);
    if (!added) return;
    const { name, constraints } = added;
    const table = tableNamed(step.after.schema, name);
    for (const { kind, columns, references } of constraints) {
      if (kind !== "foreign key" || !references) continue;
      const parent = tableNamed(step.after.schema, references.table);
      const keys =
        references.columns.length > 0
          ? references.columns
          : (parent?.constraints.find((key) => key.kind === "primary key")?.columns ?? []);
      for (const [index, column] of columns.entries()) {
        const own = table?.columns.find((candidate) => candidate.name === column)?.type;
        const theirs = parent?.columns.find((candidate) => candidate.name === keys[index])?.type;
        if (!own || !theirs) continue;
        const [kept, wanted] = [own, theirs].map((type) => storedType(step.after.schema, step.searchPath, type));
        if (kept?.name === wanted?.name && kept?.schema === wanted?.schema) continue;
        if (kept && wanted && holdsAllOf(kept, wanted)) continue;
        yield {
          message: `${column} of ${name} is ${typeText(own)}, and ${keys[index]} of ${references.table}, to which it refers, is ${typeText(theirs)}.`,
          help: `Use ${typeText(theirs)} for ${column}.`,
          relation: name,
        };
      }
    }
  },
};

const whole = ["int2", "int4", "int8"];

/** Whether each value of one built-in type is one of another. */
function holdsAllOf(own: ColumnType, theirs: ColumnType): boolean {
  if ([own, theirs].some(({ schema, array }) => array || (schema !== undefined && schema !== "pg_catalog")))
    return false;
  if (whole.includes(own.name) && whole.includes(theirs.name))
    return whole.indexOf(own.name) > whole.indexOf(theirs.name);
  const isText = (name: string): boolean => name === "text" || name === "varchar";
  return isText(own.name) && isText(theirs.name) && own.modifiers.length === 0;
}
