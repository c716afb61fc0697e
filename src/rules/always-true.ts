import { provenNotNull } from "../schema/not-null-proof.ts";
import type { Table } from "../schema/schema.ts";
import { constantText, nameParts, type Node } from "../sql/syntax.ts";

/** What a condition is for every row of a table: `null` is SQL's unknown, `undefined` where the text does not tell. */
type Truth = boolean | null | undefined;

/** What is known of the columns that a condition names. */
interface Columns {
  /** The column of the table that a name is of, if it is of one. */
  readonly named: (node: Node | undefined) => string | undefined;
  readonly holdsNoNull: (column: string) => boolean;
  /** Whether it is numbered from 1. */
  readonly numbered: (column: string) => boolean;
}

/** Columns that PostgreSQL gives every row. */
const ofEveryRow = new Set(["ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"]);

/**
 * Whether a condition holds for every row: none, `true`, `1 = 1`, `NOT false`, `EXISTS (SELECT 1)`, `id IS NOT NULL` of a column
 * that holds no NULL, `id > 0` of one that is numbered from 1.
 * @param table what is known of the rows that its columns are of; absent: nothing is said of columns
 * @param called what the statement calls that table
 */
export function isAlwaysTrue(condition: Node | undefined, table: Table | undefined, called: string): boolean {
  if (condition === undefined) return true;
  const columns: Columns = {
    named(node) {
      const [name, owner = called] = node && "ColumnRef" in node ? nameParts(node.ColumnRef.fields).toReversed() : [];
      // What another owns is a variable of the block around it.
      return owner === called ? name : undefined;
    },
    holdsNoNull: (column) => table !== undefined && (ofEveryRow.has(column) || provenNotNull(table, column)),
    numbered: (column) =>
      table?.columns.some(({ name, identity, serial }) => name === column && (identity || serial)) ?? false,
  };
  return truthOf(condition, columns) === true;
}

function truthOf(node: Node | undefined, columns: Columns): Truth {
  const truth = (each: Node | undefined): Truth => truthOf(each, columns);
  if (!node) return undefined;
  if ("TypeCast" in node) return truth(node.TypeCast.arg);
  if ("A_Const" in node) {
    if (node.A_Const.isnull) return null;
    const text = constantText(node) ?? "";
    return /^(?:true|t|yes|y|on|1)$/i.test(text) ? true : /^(?:false|f|no|n|off|0)$/i.test(text) ? false : undefined;
  }
  if ("BoolExpr" in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === "NOT_EXPR") return negated(truth(args[0]));
    if (boolop === "AND_EXPR") return negated(anyOf(args.map((arg) => negated(truth(arg)))));
    // Where another part takes the rows with a NULL, the rest is about those without.
    const taken = new Set(args.flatMap((arg) => nullColumn(arg, columns) ?? []));
    const holdsNoNull = (column: string): boolean => taken.has(column) || columns.holdsNoNull(column);
    return anyOf(
      args.map((arg) => truthOf(arg, nullColumn(arg, columns) === undefined ? { ...columns, holdsNoNull } : columns)),
    );
  }
  if ("NullTest" in node) {
    const { arg, nulltesttype } = node.NullTest;
    const column = columns.named(arg);
    const constant = arg && "A_Const" in arg ? !arg.A_Const.isnull : undefined;
    const known = column === undefined ? constant : columns.holdsNoNull(column) || undefined;
    return nulltesttype === "IS_NOT_NULL" ? known : negated(known);
  }
  if ("BooleanTest" in node) {
    const { arg, booltesttype = "" } = node.BooleanTest;
    const known = truth(arg);
    if (known === undefined) return undefined;
    const asked = booltesttype.endsWith("TRUE") ? true : booltesttype.endsWith("FALSE") ? false : null;
    return (known === asked) !== booltesttype.startsWith("IS_NOT");
  }
  if ("CoalesceExpr" in node) return (node.CoalesceExpr.args ?? []).map(truth).find((each) => each !== null);
  if ("SubLink" in node) return ofQuery(node.SubLink.subLinkType, node.SubLink.subselect, truth);
  return "A_Expr" in node ? compared(node.A_Expr, columns) : undefined;
}

const negated = (truth: Truth): Truth => (typeof truth === "boolean" ? !truth : truth);

const anyOf = (parts: readonly Truth[]): Truth =>
  parts.includes(true) ? true : parts.includes(undefined) ? undefined : parts.includes(null) ? null : false;

/** The column of `column IS NULL`. */
const nullColumn = (node: Node, { named }: Columns): string | undefined =>
  "NullTest" in node && node.NullTest.nulltesttype === "IS_NULL" ? named(node.NullTest.arg) : undefined;

/** `EXISTS (SELECT …)` and `(SELECT true)` of a query that reads nothing. */
function ofQuery(kind: string | undefined, query: Node | undefined, truth: (node: Node | undefined) => Truth): Truth {
  if (!query || !("SelectStmt" in query)) return undefined;
  const {
    fromClause,
    whereClause,
    havingClause,
    limitCount,
    limitOffset,
    op,
    targetList = [],
    ...rest
  } = query.SelectStmt;
  if (fromClause || whereClause || havingClause || limitCount || limitOffset || rest.valuesLists) return undefined;
  if (op !== undefined && op !== "SETOP_NONE") return undefined;
  if (kind === "EXISTS_SUBLINK") return true;
  const [only] = targetList;
  return kind === "EXPR_SUBLINK" && only && "ResTarget" in only ? truth(only.ResTarget.val) : undefined;
}

type Comparison = Extract<Node, { A_Expr: unknown }>["A_Expr"];

/** A comparison of two constants, of a column with itself, or of one that is numbered from 1 with where that begins. */
function compared({ kind, name, lexpr, rexpr }: Comparison, { named, holdsNoNull, numbered }: Columns): Truth {
  const operator = nameParts(name).at(-1) ?? "";
  const [left, right] = [named(lexpr), named(rexpr)];
  const [a, b] = [constantText(lexpr), constantText(rexpr)];
  if (kind === "AEXPR_NOT_DISTINCT") return (left !== undefined && left === right) || undefined;
  if (kind === "AEXPR_LIKE" || kind === "AEXPR_ILIKE")
    return (left !== undefined && /^%+$/.test(b ?? "") && !operator.startsWith("!") && holdsNoNull(left)) || undefined;
  if (kind !== "AEXPR_OP") return undefined;
  if (left !== undefined && left === right) return (/^(?:=|<=|>=)$/.test(operator) && holdsNoNull(left)) || undefined;
  if (a !== undefined && b !== undefined) return constants(operator, a, b);
  const [column, number, asked] = left !== undefined ? [left, b, operator] : [right, a, turned[operator] ?? operator];
  if (column === undefined || number === undefined || !numbered(column) || !isNumber(number)) return undefined;
  const limit = Number(number);
  const begins =
    (asked === ">" && limit < 1) || (asked === ">=" && limit <= 1) || (/^(?:<>|!=)$/.test(asked) && limit < 1);
  return begins || undefined;
}

const turned: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

const isNumber = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text);

function constants(operator: string, a: string, b: string): Truth {
  if (operator === "=") return isNumber(a) && isNumber(b) ? Number(a) === Number(b) : a === b;
  if (operator === "<>" || operator === "!=") return negated(constants("=", a, b));
  if (!isNumber(a) || !isNumber(b)) return undefined;
  const difference = Number(a) - Number(b);
  if (operator === "<") return difference < 0;
  if (operator === ">") return difference > 0;
  return operator === "<=" ? difference <= 0 : operator === ">=" ? difference >= 0 : undefined;
}
