import { hasSameForeignKey } from "../schema/same-foreign-key.ts";
import { tableNamed, withDescendants } from "../schema/schema.ts";
import { constraintOf } from "../schema/table-parts.ts";
import type { Constraint } from "../sql/syntax.ts";
import { addedConstraints } from "./alter-table.ts";
import { leafPartitions } from "./partitions.ts";
import type { Rule, Step, Target } from "./rule.ts";
import { isPartitioned, lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "fk-on-partitioned",
  title: "A foreign key on a partitioned table locks and reads every partition",
  severity: "error",
  effect: {
    lock: "SHARE ROW EXCLUSIVE",
    consequence:
      "Writes to every partition and to the referenced table wait until all partitions were read. Before PostgreSQL 18 NOT VALID is refused here.",
  },
  harmless: "A foreign key that every partition has already, validated.",
  remedy:
    "Add the foreign key to each partition as NOT VALID and validate it there, one at a time; then add it to the parent, which finds each partition's own and reads nothing.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT", "ALTER TABLE, ADD table_constraint"),
  detectedBy: "both",
  hazards: ["fk-on-partitioned"],
  statements: ["AlterTableStmt"],
  commands: ["AT_AddConstraint"],
  *check(step, { majors }) {
    for (const { constraint, name, target, text } of addedConstraints(step)) {
      if (constraint.contype !== "CONSTR_FOREIGN" || !isPartitioned(step, target.name)) continue;
      if (isOnEveryPartition(step, target, constraint)) continue;
      const refused = constraint.skip_validation && majors.some((major) => major < 18);
      if (constraint.skip_validation && !refused) continue;
      yield {
        message: refused
          ? `${target.name} is partitioned, and before PostgreSQL 18 a foreign key on it cannot be NOT VALID: the statement is refused.`
          : `The foreign key ${name} reads every partition of ${target.name}, holding ${lockOn(step, target.name)} until it is done.`,
        help: "Add it to each partition as NOT VALID, validate it there, and add it to the parent last, which then reads nothing:",
        ...forEachPartition(step, target, name, text),
        relation: target.name,
        ...(refused ? { sqlState: "42809" } : {}),
      };
    }
  },
};

/** Whether every partition that is known has the key. */
function isOnEveryPartition({ schema, target }: Step, { name }: Target, constraint: Constraint): boolean {
  const key = constraintOf(name, constraint, constraint.pktable && target(constraint.pktable).name);
  const rows = withDescendants(schema, name).flatMap((each) => tableNamed(schema, each) ?? []);
  const partitions = rows.filter(({ variety }) => variety !== "partitioned");
  return key !== undefined && partitions.length > 0 && partitions.every((each) => hasSameForeignKey(each, key));
}

/** @param text the command, as it is written */
function forEachPartition(
  { schema }: Step,
  parent: Target,
  name: string,
  text: string | undefined,
): { readonly fix?: readonly string[] } {
  const key = /^\s*add\s+(?:constraint\s+(?:"(?:[^"]|"")*"|\S+)\s+)?(foreign\s[^]*?)(?:\s+not\s+valid)?\s*$/i.exec(
    text ?? "",
  )?.[1];
  const partitions = leafPartitions(schema, parent);
  if (key === undefined || partitions.length === 0) return {};
  const added = (table: string): string => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${key}`;
  const each = partitions.flatMap((partition) => [
    `${added(partition.written())} NOT VALID`,
    `ALTER TABLE ${partition.written()} VALIDATE CONSTRAINT ${name}`,
  ]);
  return { fix: [...each, added(parent.sql)] };
}
