import { splitName } from "../schema/edit.ts";
import { indexNamed, surelyHas, type Table, tableNamed } from "../schema/schema.ts";
import { constraintNodes, constraintOf, unknownTable } from "../schema/table-parts.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { splitList } from "../sql/split-list.ts";
import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint } from "../sql/syntax.ts";
import type { Step, Subcommand, Target } from "./rule.ts";

/** One command of an `ALTER TABLE` on a table that an application may be using. */
export interface TableCommand {
  readonly command: AlterTableCmd;
  readonly target: Target;
  /** What is known of the table; nothing but its name where it was never seen created. */
  readonly table: Table;
  /** The command's own text, where it could be told apart. */
  readonly text?: string;
}

/** The commands of the given kinds in an `ALTER TABLE`, unless its table is fresh. */
export function tableCommands(step: Step, ...subtypes: readonly Subcommand[]): readonly TableCommand[] {
  const all = usedTableCommands(step);
  const wanted = ({ command }: TableCommand): boolean => subtypes.includes(command.subtype ?? "AT_AddColumn");
  return all.some(wanted) ? all.filter(wanted) : none;
}

/** Every command of an `ALTER TABLE`, unless its table is fresh. */
export function usedTableCommands(step: Step): readonly TableCommand[] {
  if (!("AlterTableStmt" in step.node)) return none;
  let all = known.get(step);
  if (!all) known.set(step, (all = allCommands(step, step.node.AlterTableStmt)));
  return all;
}

const none: readonly TableCommand[] = [];
/** Many rules ask for the commands of one statement. */
const known = new WeakMap<Step, readonly TableCommand[]>();

function allCommands(step: Step, { relation, cmds = [], objtype }: AlterTableStmt): readonly TableCommand[] {
  if (!relation || objtype === "OBJECT_TYPE" || objtype === "OBJECT_SEQUENCE" || objtype === "OBJECT_INDEX")
    return none;
  const target = step.target(relation);
  if (target.fresh || indexNamed(step.schema, target.name)) return none;
  const table = tableNamed(step.schema, target.name) ?? unknownTable(...splitName(target.name));
  const texts = splitList(step.sql);
  return cmds.flatMap((node, index) => {
    if (!("AlterTableCmd" in node)) return [];
    const text = texts.length === cmds.length ? texts[index] : undefined;
    const own = index === 0 ? withoutHead(text) : text;
    return [{ command: node.AlterTableCmd, target, table, ...(own === undefined ? {} : { text: own }) }];
  });
}

const identifier = String.raw`(?:"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const head = new RegExp(
  String.raw`^alter\s+(?:foreign\s+)?table\s+(?:if\s+exists\s+)?(?:only\s+)?${identifier}(?:\s*\.\s*${identifier})*\s*\*?\s*`,
  "i",
);

/** A statement without `ALTER TABLE name`; `undefined` where comments or the like stand between. */
function withoutHead(text: string | undefined): string | undefined {
  const rest = text?.replace(head, "");
  return rest === text ? undefined : rest;
}

/** A column that an `ALTER TABLE` adds to a table that an application may be using. */
export interface AddedColumn {
  readonly definition: ColumnDef;
  /** As it is called, and as SQL writes it. */
  readonly name: string;
  readonly column: string;
  readonly target: Target;
  readonly table: Table;
  readonly constraints: readonly Constraint[];
  /** Whether it is declared NOT NULL. */
  readonly isRequired: boolean;
  /** The text of the command, where it could be told apart. */
  readonly text?: string;
}

/** The columns that a statement adds, unless its table is fresh, or has them and `IF NOT EXISTS` passes over that. */
export function addedColumns(step: Step): readonly AddedColumn[] {
  return tableCommands(step, "AT_AddColumn").flatMap(({ command, target, table, ...text }) => {
    if (!command.def || !("ColumnDef" in command.def)) return [];
    const definition = command.def.ColumnDef;
    const name = definition.colname ?? "";
    if (command.missing_ok && surelyHas(table, name)) return [];
    const constraints = constraintNodes(definition.constraints);
    const isRequired = constraints.some(({ contype }) => contype === "CONSTR_NOTNULL");
    return [{ definition, name, column: identifierText(name), target, table, constraints, isRequired, ...text }];
  });
}

/** A constraint that an `ALTER TABLE` adds on its own, with its text. */
export interface AddedConstraint extends TableCommand {
  readonly constraint: Constraint;
  /** As written, or as PostgreSQL names it; ready to be put into SQL. */
  readonly name: string;
}

/** The constraints that a statement adds, unless its table is fresh. */
export function addedConstraints(step: Step): readonly AddedConstraint[] {
  return tableCommands(step, "AT_AddConstraint").flatMap((each) => {
    if (!each.command.def || !("Constraint" in each.command.def)) return [];
    const constraint = each.command.def.Constraint;
    const modelled = constraintOf(each.target.name, constraint, undefined);
    return [{ ...each, constraint, name: identifierText(constraint.conname ?? modelled?.name ?? "") }];
  });
}
