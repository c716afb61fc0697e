import type pg from "pg";
import type { Loss } from "../apply-report.ts";
import type { CatalogObject } from "../catalog/catalog.ts";
import { compareCatalogs } from "../catalog/difference.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import type { RehearsedRevision } from "./rehearsed.ts";

/** For each count, in milliseconds; a larger table is estimated. */
const countTimeoutMs = 10_000;

const changesRows = /^(?:with|insert|update|delete|merge|truncate)\b/i;

/** What taking these revisions back would take away, counted on the target in transactions that can only read. */
export async function lossOf(client: pg.ClientBase, steps: readonly RehearsedRevision[]): Promise<readonly Loss[]> {
  const losses: Loss[] = [];
  for (const { revision, before, after, reports } of steps) {
    for (const difference of compareCatalogs(before, after)) {
      if (difference.kind !== "missing") continue;
      losses.push({ revision: revision.id, ...(await lostWith(client, difference.object)) });
    }
    for (const { role, sql, tag } of reports)
      if (role === "migration" && changesRows.test(withoutLeadingComments(sql)))
        losses.push({ revision: revision.id, kind: "rows", name: tag?.split(" ")[0] ?? "statement" });
  }
  return losses;
}

async function lostWith(
  client: pg.ClientBase,
  { kind, name, relation }: CatalogObject,
): Promise<Omit<Loss, "revision">> {
  if (kind === "table" || kind === "materialized view") return { kind, name, ...(await count(client, name, "*")) };
  if (kind === "column" && relation !== undefined)
    return { kind, name, ...(await count(client, relation, name.slice(relation.length + 1))) };
  return { kind, name };
}

/** @param what `*`, or a column whose values count where there are any; both names are quoted already */
async function count(client: pg.ClientBase, table: string, what: string): Promise<Pick<Loss, "rows" | "estimated">> {
  try {
    await client.query(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${countTimeoutMs}; SET LOCAL lock_timeout = '1s'`,
    );
    const { rows } = await client.query<{ n: string }>(`SELECT count(${what})::text AS n FROM ${table}`);
    return { rows: Number(rows[0]?.n) };
  } catch {
    await client.query("ROLLBACK");
    const { rows } = await client.query<{ n: number | null }>(
      "SELECT reltuples::float8 AS n FROM pg_class WHERE oid = to_regclass($1) AND reltuples >= 0",
      [table],
    );
    const [estimate] = rows;
    return estimate?.n === undefined || estimate.n === null ? {} : { rows: Math.round(estimate.n), estimated: true };
  } finally {
    await client.query("ROLLBACK");
  }
}
