import { splitName } from "../edit.ts";
import { indexNamed, qualified, tableNamed } from "../schema.ts";
import { provenNotNull } from "../not-null-proof.ts";
import { hasSameForeignKey } from "../same-foreign-key.ts";
import { constraintOf, enforcementIn, isKey } from "../table-parts.ts";
import { foreignKeysTo } from "../users.ts";
import type { CommandTable } from "./command-context.ts";

/** The effects of the subcommands about constraints. */
export const constraintEffects = {
  AT_AddConstraint({ def }, { schema, name, table, named, lockTree, scanTable, unsure }) {
    if (!def || !("Constraint" in def)) return;
    const { contype, pktable, skip_validation: notValid, indexname } = def.Constraint;
    if (contype === "CONSTR_FOREIGN") {
      const referenced = pktable && named(pktable);
      const key = constraintOf(name, def.Constraint, referenced);
      const isThere = table.partitionOf !== undefined && key !== undefined && hasSameForeignKey(table, key);
      // Of two keys one goes, with its triggers on the other table.
      if (referenced !== undefined) lockTree(referenced, isThere ? "ACCESS EXCLUSIVE" : "SHARE ROW EXCLUSIVE");
      if (!notValid && !isThere) scanTable();
      return;
    }
    if (indexname !== undefined) {
      const index = indexNamed(schema, qualified(splitName(name)[0], indexname));
      const nullable = index ? index.columns.some((key) => key !== undefined && !provenNotNull(table, key)) : true;
      if (contype === "CONSTR_PRIMARY" && nullable) scanTable();
      if (contype === "CONSTR_PRIMARY" && !index) unsure();
      return;
    }
    if (
      contype === "CONSTR_NOTNULL" &&
      constraintOf(name, def.Constraint, undefined)?.columns.every((key) => provenNotNull(table, key))
    )
      return;
    if (!notValid) scanTable();
  },
  AT_ValidateConstraint({ name: wanted }, { table, scanTable }) {
    if (!table.constraints.find(({ name }) => name === wanted)?.validated) scanTable();
  },
  AT_AlterConstraint(command, { table, lock, scanTable }) {
    const altered = enforcementIn(command);
    if (!altered) return;
    const { isEnforced } = altered;
    const constraint = table.constraints.find(({ name }) => name === altered.name);
    if (constraint && isEnforced === (constraint.enforced !== false)) return;
    if (isEnforced) scanTable();
    // The triggers of the key come and go on both tables.
    if (constraint?.references)
      lock(constraint.references.table, isEnforced ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE");
  },
  AT_DropConstraint({ name: wanted, behavior }, { schema, name: table, lock }) {
    // The statement's own drops are not in the context's table any more.
    const constraint = tableNamed(schema, table)?.constraints.find(({ name }) => name === wanted);
    if (constraint && isKey(constraint) && behavior === "DROP_CASCADE")
      for (const other of foreignKeysTo(schema, table, constraint)) lock(other.table, "ACCESS EXCLUSIVE");
    const target = constraint?.references?.table;
    if (target !== undefined) lock(target, "ACCESS EXCLUSIVE");
  },
} satisfies CommandTable;
