import { nameParts } from "../../sql/syntax.ts";
import { withTable } from "../edit.ts";
import { constraintOf, withColumnChange } from "../table-parts.ts";
import type { CommandApplyTable } from "./apply-table.ts";
import { addConstraint, dropConstraint, referencedBy } from "./constraints.ts";

/** What the subcommands about constraints do. */
export const applyConstraintCommand = {
  AT_AddConstraint(schema, { def }, place) {
    if (!def || !("Constraint" in def)) return schema;
    const { name } = place;
    const { contype, keys, skip_validation: notValid, indexname } = def.Constraint;
    const constraint = constraintOf(name, def.Constraint, referencedBy(schema, def.Constraint, place));
    if (!constraint) return schema;
    // Until it is validated the constraint says nothing of the rows.
    if (contype === "CONSTR_NOTNULL" && notValid)
      return withTable(schema, name, ({ constraints }) => ({ constraints: [...constraints, constraint] }));
    if (contype === "CONSTR_NOTNULL")
      return withTable(schema, name, ({ columns }) => ({
        columns: nameParts(keys).reduce((all, key) => withColumnChange(all, key, { notNull: true }), columns),
      }));
    return addConstraint(schema, name, constraint, indexname, place);
  },
  AT_ValidateConstraint: (schema, { name: wanted }, place) =>
    withTable(schema, place.name, ({ constraints, columns }) => {
      const validated = constraints.find(({ name }) => name === wanted);
      return {
        constraints: constraints.map((each) => (each.name === wanted ? { ...each, validated: true } : each)),
        ...(validated?.kind === "not null"
          ? { columns: validated.columns.reduce((all, key) => withColumnChange(all, key, { notNull: true }), columns) }
          : {}),
      };
    }),
  AT_DropConstraint: (schema, { name: wanted = "" }, place) => dropConstraint(schema, place.name, wanted),
} satisfies CommandApplyTable;
