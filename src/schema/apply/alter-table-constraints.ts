import { nameParts } from "../../sql/syntax.ts";
import { withTable } from "../edit.ts";
import { type Schema, tableNamed, withDescendants } from "../schema.ts";
import { constraintOf, enforcementIn, withColumnChange } from "../table-parts.ts";
import type { CommandApplyTable } from "./apply-table.ts";
import { addConstraint, dropConstraint, referencedBy } from "./constraints.ts";
import { passedOn, standingAlone } from "./passed-on.ts";

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
    if (contype === "CONSTR_NOTNULL") return notNullIn(schema, [name], nameParts(keys));
    const added = addConstraint(schema, name, constraint, indexname, place);
    const own = tableNamed(added, name)?.constraints.at(-1);
    // The key stays with the table, and that its columns are not null goes on to the children.
    if (own?.kind === "primary key" && place.recurses && tableNamed(added, name)?.variety !== "partitioned")
      return notNullIn(added, withDescendants(added, name), own.columns);
    const isPassedOn = place.recurses && own && !indexname && !def.Constraint.is_no_inherit;
    return isPassedOn ? passedOn(added, name, own, place) : added;
  },
  AT_ValidateConstraint: (schema, { name: wanted }, place) =>
    withDescendants(schema, place.name).reduce((current, table) => {
      const validated = tableNamed(current, table)?.constraints.find(({ name }) => name === wanted);
      const told = withTable(current, table, ({ constraints }) => ({
        constraints: constraints.map((each) => (each === validated ? { ...each, validated: true } : each)),
      }));
      return validated?.kind === "not null" ? notNullIn(told, [table], validated.columns) : told;
    }, schema),
  AT_AlterConstraint(schema, command, { name }) {
    const altered = enforcementIn(command);
    if (!altered) return schema;
    return withTable(schema, name, ({ constraints }) => ({
      constraints: constraints.map((each) => {
        if (each.name !== altered.name) return each;
        const { enforced: _, ...rest } = each;
        return altered.isEnforced
          ? { ...rest, validated: true }
          : { ...rest, validated: false, enforced: false as const };
      }),
    }));
  },
  AT_DropConstraint(schema, { name: wanted = "" }, { name, recurses }) {
    const children = recurses ? [] : (tableNamed(schema, name)?.children ?? []);
    const left = children.reduce((current, child) => standingAlone(current, child, wanted), schema);
    return dropConstraint(left, name, wanted);
  },
} satisfies CommandApplyTable;

const notNullIn = (schema: Schema, tables: readonly string[], keys: readonly string[]): Schema =>
  tables.reduce(
    (current, table) =>
      withTable(current, table, ({ columns }) => ({
        columns: keys.reduce((all, key) => withColumnChange(all, key, { notNull: true }), columns),
      })),
    schema,
  );
