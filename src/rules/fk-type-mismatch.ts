import { typeText } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import { storedType } from "../schema/type-change.ts";
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
  harmless: "Columns of two domains, or of a domain and its type, that are kept alike.",
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
        yield {
          message: `${column} of ${name} is ${typeText(own)}, and ${keys[index]} of ${references.table}, to which it refers, is ${typeText(theirs)}.`,
          help: `Use ${typeText(theirs)} for ${column}.`,
          relation: name,
        };
      }
    }
  },
};
