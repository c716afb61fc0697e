import { relationsRead } from "../schema/relations-read.ts";
import { constantText } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "create-table-as",
  title: "CREATE TABLE AS copies rows and nothing else",
  severity: "warning",
  effect: {
    consequence:
      "Keys, constraints, indexes, defaults and grants are not copied, and the transaction is as long as the copy: autovacuum removes nothing that died since it began, in any table.",
  },
  remedy: "Create the table with its constraints, and copy the rows in batches that commit.",
  harmless: "WITH NO DATA, LIMIT 0, temporary tables, and a query that reads no table that was there before.",
  source: manual("sql-createtableas", "CREATE TABLE AS"),
  detectedBy: "static",
  hazards: ["create-table-as-populated"],
  statements: ["CreateTableAsStmt", "SelectStmt"],
  *check(step) {
    const statement = "CreateTableAsStmt" in step.node ? step.node.CreateTableAsStmt : undefined;
    const into = statement?.into ?? ("SelectStmt" in step.node ? step.node.SelectStmt.intoClause : undefined);
    if (!into?.rel || into.skipData || into.rel.relpersistence === "t" || statement?.objtype === "OBJECT_MATVIEW")
      return;
    const read = relationsRead(step.schema, step.searchPath, statement?.query ?? step.node).filter(
      (name) => !step.isFresh(name) && name !== step.target(into.rel ?? {}).name,
    );
    const query = statement?.query ?? step.node;
    // LIMIT 0 takes the shape and no row.
    const limit = "SelectStmt" in query ? constantText(query.SelectStmt.limitCount) : undefined;
    if (read.length === 0 || limit === "0") return;
    yield {
      message: `All that is selected from ${listed(read)} is copied in one transaction, into a table without keys, constraints, indexes, defaults and grants.`,
      help: "Create the table with CREATE TABLE … (LIKE … INCLUDING ALL), and copy the rows in batches that commit.",
      relation: step.target(into.rel).name,
    };
  },
};
