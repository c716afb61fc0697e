import { newRelationName } from "../schema/names.ts";
import { type Constraint, tableNamed } from "../schema/schema.ts";
import type { Step } from "./rule.ts";

/** The constraints that a statement brings to a table. */
export interface NewConstraints {
  /** The table, qualified. */
  readonly name: string;
  readonly constraints: readonly Constraint[];
}

/** The constraints that a `CREATE TABLE` or an `ALTER TABLE` brings, also to a table that nobody uses yet. */
export function newConstraints(step: Step): NewConstraints | undefined {
  let constraints = known.get(step);
  if (!constraints) known.set(step, (constraints = compared(step) ?? none));
  return constraints === none ? undefined : constraints;
}

const none: NewConstraints = { name: "", constraints: [] };
/** Several rules ask for those of one statement. */
const known = new WeakMap<Step, NewConstraints>();

function compared({ node, searchPath, target, schema, after }: Step): NewConstraints | undefined {
  const created = "CreateStmt" in node ? node.CreateStmt.relation : undefined;
  const altered = "AlterTableStmt" in node ? node.AlterTableStmt.relation : undefined;
  const name = created ? newRelationName(searchPath, created) : altered && target(altered).name;
  if (name === undefined) return undefined;
  const before = tableNamed(schema, name)?.constraints ?? none.constraints;
  const present = tableNamed(after.schema, name)?.constraints ?? none.constraints;
  if (before === present) return undefined;
  const names = new Set(before.map((constraint) => constraint.name));
  const constraints = present.filter((constraint) => !names.has(constraint.name));
  return constraints.length === 0 ? undefined : { name, constraints };
}
