import { sourcesRead } from "../sql/read-whole.ts";
import { type BodyOf, isQuery, type Node, nodesOf, queries, type RangeVar } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "select-for-update-all",
  title: "Every row of a table is locked",
  severity: "warning",
  effect: {
    consequence: "Writers of any of these rows wait until the transaction ends, and each lock is written to the row.",
  },
  remedy: "Lock only the rows that are changed, in the batch that changes them.",
  source: manual("explicit-locking#LOCKING-ROWS", "Row-Level Locks"),
  detectedBy: "static",
  hazards: ["select-for-update-all"],
  statements: queries,
  *check(step) {
    if (!isQuery(step.node)) return;
    const { own, locking } = lockingIn(step.node);
    // The rows of what a WITH defines are none of the outer query's to lock.
    const defined = new Map([...own].map((name) => [name, undefined]));
    for (const { lockingClause = [], whereClause, limitCount, fromClause = [] } of locking) {
      if (whereClause || limitCount) continue;
      const read = sourcesRead(fromClause, defined) ?? [];
      for (const relation of read.filter((each) => isLocked(each, lockingClause))) {
        const { name, fresh } = step.target(relation);
        if (fresh) continue;
        yield {
          message: `Every row of ${name} is locked, which keeps its writers waiting until the transaction ends.`,
          help: "Add a condition or a LIMIT, so that only the rows to be changed are locked.",
          relation: name,
        };
      }
    }
  },
};

type Select = BodyOf<"SelectStmt">;

/** The queries in a statement that lock rows, and the names that its `WITH` defines. */
function lockingIn(node: Node): { readonly own: ReadonlySet<string>; readonly locking: readonly Select[] } {
  const own = new Set<string>();
  const locking: Select[] = [];
  for (const inner of nodesOf(node)) {
    if ("CommonTableExpr" in inner) own.add((inner["CommonTableExpr"] as BodyOf<"CommonTableExpr">).ctename ?? "");
    const select = inner["SelectStmt"] as Select | undefined;
    if (select?.lockingClause) locking.push(select);
  }
  return { own, locking };
}

/** Whether one of the clauses locks rows of a relation for their writers: `FOR KEY SHARE` leaves them alone, `OF` names some. */
function isLocked({ relname, alias }: RangeVar, clauses: readonly Node[]): boolean {
  return clauses.some((clause) => {
    if (!("LockingClause" in clause) || clause.LockingClause.strength === "LCS_FORKEYSHARE") return false;
    const { lockedRels } = clause.LockingClause;
    return (
      !lockedRels ||
      lockedRels.some((each) => "RangeVar" in each && each.RangeVar.relname === (alias?.aliasname ?? relname))
    );
  });
}
