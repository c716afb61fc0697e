import { calledFunctions } from "../schema/expressions.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import { indexNamed, type Schema, tableNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { columnNamed, type IndexStmt, nameParts, type Node, type TypeName, walk } from "../sql/syntax.ts";
import { addedColumns, addedConstraints } from "./alter-table.ts";
import { ask, lookFor, unfilled } from "./existing-rows.ts";
import type { Judgement, Step, Target } from "./rule.ts";
import { isOnlyParent, isPartitioned, typeOf } from "./words.ts";

/** What an index makes of rows without a value. */
type Nulls = "equal" | "distinct" | "refused";

/** The rows that keep an index from being built, or a key: with a value that is there twice, or for which an expression fails. */
export function* duplicates(step: Step, steps: readonly Step[]): Generator<Judgement> {
  if ("IndexStmt" in step.node) return yield* ofIndex(step, step.node.IndexStmt, steps);
  const added = new Set(addedColumns(step).map(({ name }) => name));
  for (const { constraint, target } of addedConstraints(step)) {
    const isKey = constraint.contype === "CONSTR_PRIMARY";
    if (!isKey && constraint.contype !== "CONSTR_UNIQUE") continue;
    const keys = nameParts(constraint.keys);
    // What the statement itself adds can be asked for by nobody before.
    if (constraint.indexname !== undefined || keys.some((key) => added.has(key))) continue;
    if (isOnlyParent(step, target.name)) continue;
    yield* ofColumns(step, target, keys, isKey ? "refused" : nullsOf(constraint), steps);
  }
}

const nullsOf = ({ nulls_not_distinct }: { readonly nulls_not_distinct?: boolean }): Nulls =>
  nulls_not_distinct ? "equal" : "distinct";

function* ofIndex(step: Step, statement: IndexStmt, steps: readonly Step[]): Generator<Judgement> {
  const { relation, unique, indexParams = [], whereClause } = statement;
  const target = relation && step.target(relation);
  // Of a partitioned table ONLY no row is looked at.
  if (!target || target.fresh || (!relation.inh && isPartitioned(step, target.name))) return;
  const columns = indexParams.map((element) => ("IndexElem" in element ? columnNamed(element.IndexElem) : undefined));
  const plain = columns.filter((column) => column !== undefined);
  const nulls = nullsOf(statement);
  if (plain.length === columns.length && !whereClause) {
    if (unique) yield* ofColumns(step, target, plain, nulls, steps);
    return;
  }
  const fails = mayFail([indexParams, whereClause]);
  if (!fails && (!unique || standing(step, target.name, columns, nulls, steps) === "sound")) return;
  yield lookFor(
    target.name,
    [
      ...(unique ? ["with a value that is there twice"] : []),
      ...(fails ? ["for which the expression fails"] : []),
    ].join(", or one "),
  );
}

function* ofColumns(
  step: Step,
  target: Target,
  columns: readonly string[],
  nulls: Nulls,
  steps: readonly Step[],
): Generator<Judgement> {
  switch (standing(step, target.name, columns, nulls, steps)) {
    case "sound":
      return;
    case "written":
      return yield lookFor(target.name, "with a value that is there twice");
    case "unknown": {
      const rows = `a value that is there twice${nulls === "refused" ? ", or none at all" : ""}`;
      yield ask(target.name, rows, twice(step, target, columns, nulls));
    }
  }
}

/** What is known of the rows: that none is there twice, that the migration wrote them, so that nobody can ask before, or nothing. */
function standing(
  step: Step,
  table: string,
  columns: readonly (string | undefined)[],
  nulls: Nulls,
  steps: readonly Step[],
): "sound" | "written" | "unknown" {
  const late = nulls === "distinct" ? unfilled(step, table, columns, steps) : undefined;
  if (late === "empty" || (nulls !== "refused" && isUnique(step.schema, table, columns))) return "sound";
  return late ?? "unknown";
}

/** Whether an index keeps values of some of these columns from being there twice already. */
function isUnique(schema: Schema, table: string, columns: readonly (string | undefined)[]): boolean {
  return (tableNamed(schema, table)?.indexes ?? []).some((name) => {
    const index = indexNamed(schema, name);
    return index?.unique && !index.partial && index.columns.every((key) => key !== undefined && columns.includes(key));
  });
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

const takesEverything = new Set(
  "btrim char_length concat concat_ws hashtext initcap left length lower ltrim md5 now octet_length replace reverse right rtrim strpos upper".split(
    " ",
  ),
);

/** @param nulls what the index makes of rows without a value: `GROUP BY` takes them for equal */
function twice({ schema }: Step, { name, sql }: Target, columns: readonly string[], nulls: Nulls): string {
  const table = tableNamed(schema, name);
  const keys = columns.map(identifierText).join(", ");
  const open = columns.filter((column) => !table || !provenNotNull(table, column)).map(identifierText);
  const set = nulls === "distinct" ? open.map((column) => `${column} IS NOT NULL`).join(" AND ") : "";
  const more = nulls === "refused" ? open.map((column) => ` OR ${column} IS NULL`).join("") : "";
  return `SELECT ${keys} FROM ${sql}${set && ` WHERE ${set}`} GROUP BY ${keys} HAVING count(*) > 1${more} LIMIT 1`;
}
