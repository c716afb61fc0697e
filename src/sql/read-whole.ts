import { isJoin } from "./join-condition.ts";
import { type BodyOf, nameParts, type Node, type RangeVar } from "./syntax.ts";

/** The queries that names stand for: those of a `WITH`. A name without one stands for what is not known to be read whole. */
export type Definitions = ReadonlyMap<string, Node | undefined>;

interface With {
  readonly ctes?: readonly Node[];
}

/** What a statement's own `WITH` defines, beside what is defined around it. */
export function definitionsOf(clause: With | undefined, around: Definitions = new Map()): Definitions {
  if (!clause) return around;
  const own = (clause.ctes ?? []).flatMap((node): [string, Node | undefined][] =>
    "CommonTableExpr" in node ? [[node.CommonTableExpr.ctename ?? "", node.CommonTableExpr.ctequery]] : [],
  );
  return new Map([...around, ...own]);
}

/**
 * The relations of which a query returns every row, or a row for every one; `undefined` where it, or what it selects from, has a
 * condition, a limit, or makes one row of all.
 */
export function readWhole(query: Node | undefined, around: Definitions = new Map()): readonly RangeVar[] | undefined {
  if (!query || !("SelectStmt" in query)) return undefined;
  const { op, larg, rarg, whereClause, limitCount, fromClause, havingClause, withClause } = query.SelectStmt;
  const defined = definitionsOf(withClause, around);
  if (limitCount) return undefined;
  if (op !== undefined && op !== "SETOP_NONE") {
    const left = larg && readWhole({ SelectStmt: larg }, defined);
    if (op !== "SETOP_UNION") return op === "SETOP_EXCEPT" ? undefined : left;
    const right = rarg && readWhole({ SelectStmt: rarg }, defined);
    return left || right ? [...(left ?? []), ...(right ?? [])] : undefined;
  }
  if (whereClause || havingClause || !fromClause || isOneRow(query.SelectStmt)) return undefined;
  return sourcesRead(fromClause, defined);
}

/** The relations of a `FROM` of which every row takes part; `undefined` where what is joined with them may leave some out. */
export function sourcesRead(sources: readonly Node[], defined: Definitions): readonly RangeVar[] | undefined {
  const all: RangeVar[] = [];
  for (const source of sources) {
    const read = sourceRead(source, defined);
    if (!read) return undefined;
    all.push(...read);
  }
  return all;
}

function sourceRead(source: Node, defined: Definitions): readonly RangeVar[] | undefined {
  if ("RangeVar" in source) {
    const { schemaname, relname = "" } = source.RangeVar;
    if (schemaname !== undefined || !defined.has(relname)) return [source.RangeVar];
    // One that names itself would lead here for ever.
    return readWhole(defined.get(relname), new Map([...defined, [relname, undefined]]));
  }
  if ("RangeSubselect" in source) return readWhole(source.RangeSubselect.subquery, defined);
  if (!("JoinExpr" in source)) return undefined;
  const { jointype, larg, rarg, quals } = source.JoinExpr;
  if (jointype === "JOIN_INNER" && quals && !isJoin(quals)) return undefined;
  const kept = {
    left: jointype !== "JOIN_RIGHT" && larg ? [larg] : [],
    right: jointype !== "JOIN_LEFT" && rarg ? [rarg] : [],
  };
  return sourcesRead([...kept.left, ...kept.right], defined);
}

interface Selection {
  readonly targetList?: readonly Node[];
  readonly groupClause?: readonly Node[];
}

/** Whether a query makes one row of all that it reads, as `SELECT count(*)` and `SELECT coalesce(max(id), 0) + 1` do. */
const isOneRow = ({ targetList = [], groupClause }: Selection): boolean => !groupClause && targetList.some(sumsUp);

/** Whether an aggregate is in an expression itself, and not in a query inside of it. */
function sumsUp(part: unknown): boolean {
  if (Array.isArray(part)) return part.some(sumsUp);
  if (typeof part !== "object" || part === null) return false;
  return Object.entries(part).some(
    ([kind, inner]) => kind !== "SubLink" && (isAggregate(kind, inner) || sumsUp(inner)),
  );
}

function isAggregate(kind: string, node: unknown): boolean {
  if (kind !== "FuncCall") return false;
  const { over, agg_star, funcname } = node as BodyOf<"FuncCall">;
  return !over && (agg_star === true || aggregates.has(nameParts(funcname).at(-1) ?? ""));
}

const aggregates = new Set(["count", "sum", "min", "max", "avg", "array_agg", "string_agg", "bool_and", "bool_or"]);
