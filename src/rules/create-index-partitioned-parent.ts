import { madeUpIndexName } from "../schema/apply/index-of.ts";
import { identifierText } from "../sql/identifier-text.ts";
import type { BodyOf } from "../sql/syntax.ts";
import { leafPartitions } from "./partitions.ts";
import type { Rule, Step, Target } from "./rule.ts";
import { isPartitioned, lockOn, manual, siblingText } from "./words.ts";

export const rule: Rule = {
  id: "create-index-partitioned-parent",
  title: "An index on a partitioned table blocks writes to every partition",
  severity: "error",
  effect: {
    lock: "SHARE",
    scan: true,
    consequence:
      "The partitions are indexed one after the other in one transaction, and writes to all of them wait until the last is done. CONCURRENTLY is refused here.",
  },
  remedy:
    "Create the index ON ONLY the parent, which builds nothing, then one on each partition with CONCURRENTLY, and attach each; with the last one the parent's index becomes valid.",
  source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
  detectedBy: "both",
  hazards: ["create-index-partitioned-parent"],
  statements: ["IndexStmt"],
  *check(step) {
    if (!("IndexStmt" in step.node)) return;
    const { relation, concurrent } = step.node.IndexStmt;
    if (!relation || !relation.inh) return;
    const { name, sql, fresh } = step.target(relation);
    if (fresh || !isPartitioned(step, name)) return;
    const only = step.sql
      .replace(/\bconcurrently\s+/i, "")
      .replace(new RegExp(String.raw`\bon\s+(?=${RegExp.escape(sql)})`, "i"), "ON ONLY ");
    yield {
      message: concurrent
        ? `${identifierText(name.split(".")[1] ?? name)} is partitioned, and PostgreSQL refuses CREATE INDEX CONCURRENTLY on a partitioned table.`
        : `CREATE INDEX holds ${lockOn(step, name)} and the same on each of its partitions, until all of them are indexed.`,
      help: "Create the index ON ONLY the parent, then one on each partition with CONCURRENTLY, and attach each with ALTER INDEX … ATTACH PARTITION:",
      ...(only === step.sql
        ? {}
        : { fix: [only, ...onEachPartition(step, step.node.IndexStmt, step.target(relation))] }),
      relation: name,
      ...(concurrent ? { sqlState: "0A000" } : {}),
    };
  },
};

/** What builds the same index on each partition and attaches it; nothing where not all of that is known. */
function onEachPartition(
  { schema, sql }: Step,
  { idxname, indexParams = [] }: BodyOf<"IndexStmt">,
  parent: Target,
): readonly string[] {
  const [begin = "", unique = ""] =
    /^create\s+(unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:"(?:[^"]|"")+"|[^\s"]+)\s+on\s+/i.exec(
      sql,
    ) ?? [];
  if (idxname === undefined || begin === "" || !sql.startsWith(parent.sql, begin.length)) return [];
  const rest = sql.slice(begin.length + parent.sql.length);
  return leafPartitions(schema, parent).flatMap((partition) => {
    const index = madeUpIndexName(schema, `${partition.schema}.${partition.name}`, indexParams);
    return [
      `CREATE ${unique === "" ? "" : "UNIQUE "}INDEX CONCURRENTLY ${identifierText(index)} ON ${partition.written()}${rest}`,
      `ALTER INDEX ${siblingText(parent.sql, idxname)} ATTACH PARTITION ${partition.written(index)}`,
    ];
  });
}
