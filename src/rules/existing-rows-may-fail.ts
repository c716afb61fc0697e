import { columnType, relationName } from "../schema/names.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import { indexNamed, type Schema, tableNamed } from "../schema/schema.ts";
import { calledFunctions } from "../schema/expressions.ts";
import { isOwn } from "../schema/session.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { columnNamed, nameParts, type Node, type TypeName, walk } from "../sql/syntax.ts";
import { addedColumns, addedConstraints, tableCommands } from "./alter-table.ts";
import { changesRows } from "./changes-rows.ts";
import { checkCondition } from "./definition-parts.ts";
import type { Judgement, Rule, Step, Target } from "./rule.ts";
import { isOnlyParent, isPartitioned, manual, relationText, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "existing-rows-may-fail",
  title: "Rows that are there may refuse this",
  severity: "info",
  effect: {
    consequence:
      "On an empty database it works; in production one row that breaks the rule makes it fail, after reading up to there, and a concurrent build leaves an invalid index behind.",
  },
  remedy: "Ask production first, with a query that finds such rows; it only reads.",
  harmless:
    "Tables that the same migration creates, columns that it adds without a value, a foreign key that it renews, NOT NULL where a validated check already proves it, and keys of columns that are unique already.",
  source: manual("ddl-constraints", "Constraints"),
  detectedBy: "static",
  hazards: [
    "create-unique-index-data",
    "prod-data-dependent-failure",
    "index-expression-slow-or-failing",
    "narrowing-type-data-loss",
  ],
  statements: ["IndexStmt", "AlterTableStmt"],
  *check(step, { steps }) {
    yield* uniqueness(step, steps);
    for (const { command, target, table } of tableCommands(step, "AT_SetNotNull")) {
      const column = identifierText(command.name ?? "");
      if (provenNotNull(table, command.name ?? "")) continue;
      yield ask(target.name, "a row without a value", `SELECT 1 FROM ${target.sql} WHERE ${column} IS NULL LIMIT 1`);
    }
    yield* narrowed(step);
    for (const { constraint, target, text } of addedConstraints(step)) {
      if (constraint.skip_validation) continue;
      if (constraint.contype === "CONSTR_CHECK") {
        const condition = checkCondition(text);
        yield condition === undefined
          ? lookFor(target.name, "that the check refuses")
          : ask(
              target.name,
              "a row that the check refuses",
              `SELECT 1 FROM ${target.sql} WHERE NOT (${condition}) LIMIT 1`,
            );
      }
      if (constraint.contype !== "CONSTR_FOREIGN" || !constraint.pktable) continue;
      const columns = nameParts(constraint.fk_attrs);
      const parent = relationName(step.schema, step.searchPath, constraint.pktable);
      if (heldBefore(step, target.name, columns, parent)) continue;
      const added = unfilled(step, target.name, columns, steps);
      if (added === "empty") continue;
      yield added === "written"
        ? lookFor(target.name, `that gets a value which refers to none of ${parent}`)
        : orphans(step, target.sql, target.name, columns, parent, nameParts(constraint.pk_attrs));
    }
    for (const { command, target, table } of tableCommands(step, "AT_ValidateConstraint")) {
      const constraint = table.constraints.find(({ name }) => name === command.name);
      if (constraint?.kind !== "foreign key" || !constraint.references) continue;
      const { table: parent, columns } = constraint.references;
      yield orphans(step, target.sql, target.name, constraint.columns, parent, columns);
    }
  },
};

/** Types that hold less than the ones before. */
function* narrowed(step: Step): Generator<Judgement> {
  for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
    if (!command.def || !("ColumnDef" in command.def) || command.def.ColumnDef.raw_default) continue;
    const { typeName } = command.def.ColumnDef;
    const from = table.columns.find(({ name }) => name === command.name)?.type;
    if (!from || !typeName || from.array) continue;
    const to = columnType(typeName);
    const column = identifierText(command.name ?? "");
    const [length] = to.modifiers;
    const [before = Infinity] = from.modifiers;
    const range = ranges.get(to.name);
    if (texts.has(from.name) && texts.has(to.name) && length !== undefined && length < before)
      yield ask(
        target.name,
        `a value that is too long for ${typeOf(typeName)}`,
        `SELECT 1 FROM ${target.sql} WHERE length(${column}) > ${length} LIMIT 1`,
      );
    if (range && numbers.indexOf(from.name) > numbers.indexOf(to.name))
      yield ask(
        target.name,
        `a number that is out of range for ${typeOf(typeName)}`,
        `SELECT 1 FROM ${target.sql} WHERE ${column} NOT BETWEEN ${range} LIMIT 1`,
      );
  }
}

const texts = new Set(["text", "varchar", "bpchar"]);
/** From the narrowest to the widest: https://www.postgresql.org/docs/18/datatype-numeric.html */
const numbers = ["int2", "int4", "int8", "numeric"];
const ranges = new Map([
  ["int2", "-32768 AND 32767"],
  ["int4", "-2147483648 AND 2147483647"],
  ["int8", "-9223372036854775808 AND 9223372036854775807"],
]);

function* uniqueness(step: Step, steps: readonly Step[]): Generator<Judgement> {
  if ("IndexStmt" in step.node) {
    const { relation, unique, indexParams = [], whereClause, nulls_not_distinct } = step.node.IndexStmt;
    const target = relation && step.target(relation);
    // Of a partitioned table ONLY no row is looked at.
    if (!target || target.fresh || (!relation.inh && isPartitioned(step, target.name))) return;
    const columns = indexParams.map((element) => ("IndexElem" in element ? columnNamed(element.IndexElem) : undefined));
    const isExpression = columns.includes(undefined);
    const fails = mayFail([indexParams, whereClause]);
    const added = nulls_not_distinct ? undefined : unfilled(step, target.name, columns, steps);
    if (unique && !fails && (added === "empty" || isUnique(step.schema, target.name, columns))) return;
    if (unique && !isExpression && !whereClause && added === undefined)
      yield ask(
        target.name,
        "a value that is there twice",
        twice(step, target, columns as readonly string[], nulls_not_distinct ? "equal" : "distinct"),
      );
    else if (unique || fails)
      yield lookFor(
        target.name,
        [
          ...(unique ? ["with a value that is there twice"] : []),
          ...(fails ? ["for which the expression fails"] : []),
        ].join(", or one "),
      );
  }
  const added = new Set(addedColumns(step).map(({ name }) => name));
  for (const { constraint, target } of addedConstraints(step)) {
    const isKey = constraint.contype === "CONSTR_PRIMARY";
    if (!isKey && constraint.contype !== "CONSTR_UNIQUE") continue;
    const keys = nameParts(constraint.keys);
    // What the statement itself adds can be asked for by nobody before.
    if (constraint.indexname !== undefined || keys.some((key) => added.has(key))) continue;
    if (isOnlyParent(step, target.name) || (!isKey && isUnique(step.schema, target.name, keys))) continue;
    const isFilled = isKey || constraint.nulls_not_distinct;
    const late = isFilled ? undefined : unfilled(step, target.name, keys, steps);
    if (late === "empty") continue;
    if (late === "written") {
      yield lookFor(target.name, "with a value that is there twice");
      continue;
    }
    const nulls = isKey ? "refused" : constraint.nulls_not_distinct ? "equal" : "distinct";
    const rows = `a value that is there twice${isKey ? ", or none at all" : ""}`;
    yield ask(target.name, rows, twice(step, target, keys, nulls));
  }
}

/** Whether an expression can fail for some value: a cast, a division, or a function that is not known to take everything. */
function mayFail(expression: unknown): boolean {
  for (const node of walk(expression)) {
    const cast = node["TypeCast"] as { arg?: Node; typeName?: TypeName } | undefined;
    // A constant is cast once, and everything has a text.
    if (cast && !(cast.arg && "A_Const" in cast.arg) && typeOf(cast.typeName) !== "text") return true;
    const operator = nameParts((node["A_Expr"] as { name?: Node[] } | undefined)?.name).at(-1);
    if (operator !== undefined && /[/%^]/.test(operator)) return true;
  }
  return calledFunctions(expression).some((name) => !takesEverything.has(name));
}

/**
 * Whether the change itself adds one of the columns without a value, so that nobody can ask production of it before: what it
 * holds by now is NULL in every row, unless the migration wrote some. `undefined`: it adds none.
 */
function unfilled(
  step: Step,
  table: string,
  columns: readonly (string | undefined)[],
  steps: readonly Step[],
): "empty" | "written" | undefined {
  const own = (tableNamed(step.schema, table)?.columns ?? []).filter(
    (column) => column.unfilled && columns.includes(column.name) && isOwn(step.before, column.added),
  );
  if (own.length === 0) return undefined;
  return steps.slice(0, step.index).some((earlier) => changesRows(earlier, table)) ? "written" : "empty";
}

/** Whether the transaction began with a foreign key that says the same, so that it has only been renewed. */
const heldBefore = ({ transaction }: Step, table: string, columns: readonly string[], parent: string): boolean =>
  transaction !== undefined &&
  (tableNamed(transaction.before.schema, table)?.constraints ?? []).some(
    (constraint) =>
      constraint.validated &&
      constraint.references?.table === parent &&
      constraint.columns.join("\0") === columns.join("\0"),
  );

/** Whether an index keeps values of some of these columns from being there twice already. */
function isUnique(schema: Schema, table: string, columns: readonly (string | undefined)[]): boolean {
  return (tableNamed(schema, table)?.indexes ?? []).some((name) => {
    const index = indexNamed(schema, name);
    return index?.unique && !index.partial && index.columns.every((key) => key !== undefined && columns.includes(key));
  });
}

const takesEverything = new Set(
  "btrim char_length concat concat_ws hashtext initcap left length lower ltrim md5 now octet_length replace reverse right rtrim strpos upper".split(
    " ",
  ),
);

/** @param nulls what the index makes of rows without a value: `GROUP BY` takes them for equal */
function twice(
  { schema }: Step,
  { name, sql }: Target,
  columns: readonly string[],
  nulls: "equal" | "distinct" | "refused",
): string {
  const table = tableNamed(schema, name);
  const keys = columns.map(identifierText).join(", ");
  const open = columns.filter((column) => !table || !provenNotNull(table, column)).map(identifierText);
  const set = nulls === "distinct" ? open.map((column) => `${column} IS NOT NULL`).join(" AND ") : "";
  const more = nulls === "refused" ? open.map((column) => ` OR ${column} IS NULL`).join("") : "";
  return `SELECT ${keys} FROM ${sql}${set && ` WHERE ${set}`} GROUP BY ${keys} HAVING count(*) > 1${more} LIMIT 1`;
}

function orphans(
  step: Step,
  child: string,
  name: string,
  columns: readonly string[],
  parent: string,
  keys: readonly string[],
): Judgement {
  const known = tableNamed(step.schema, parent)?.constraints.find(({ kind }) => kind === "primary key")?.columns;
  const target = keys.length > 0 ? keys : (known ?? []);
  const table = relationText(parent);
  const pairs = columns.map(
    (column, index) => `p.${identifierText(target[index] ?? "id")} = c.${identifierText(column)}`,
  );
  const set = columns.map((column) => `c.${identifierText(column)} IS NOT NULL`).join(" AND ");
  return ask(
    name,
    `a row that refers to none of ${parent}`,
    `SELECT 1 FROM ${child} c WHERE ${set} AND NOT EXISTS (SELECT FROM ${table} p WHERE ${pairs.join(" AND ")}) LIMIT 1`,
  );
}

const ask = (relation: string, what: string, query: string): Judgement => ({
  message: `One row of ${relation} is enough to make this fail: ${what}.`,
  help: "Ask production before; a row that comes back is one to mend:",
  fix: [query],
  relation,
});

/** The same where no query is known that finds such a row. */
const lookFor = (relation: string, which: string): Judgement => ({
  message: `A row of ${relation} ${which} makes this fail.`,
  help: "Look for such rows in production before.",
  relation,
});
