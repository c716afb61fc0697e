import type { AddedConstraint } from "./alter-table.ts";

/**
 * Adds a constraint without reading a row, under the name that it has or that PostgreSQL would make up, and validates it
 * afterwards; nothing where its text is not known.
 */
export function validatedLater({ constraint, name, target, text }: AddedConstraint): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const named = constraint.conname === undefined ? text.replace(/^add\s+/i, () => `ADD CONSTRAINT ${name} `) : text;
  return [`ALTER TABLE ${target.sql} ${named} NOT VALID`, `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${name}`];
}
