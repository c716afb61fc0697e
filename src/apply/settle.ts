import type pg from "pg";
import type { Catalog } from "../catalog/catalog.ts";
import { onlyStatement } from "../sql/parser.ts";
import { nameLists } from "../sql/syntax.ts";

/** For an index that a failed build left invalid, in milliseconds. */
const longestDropMs = 3_600_000;

/** How a statement ended whose end nobody saw. */
export type Settled =
  | { readonly kind: "done" }
  /** It left nothing, or what it left was taken away. */
  | { readonly kind: "undone" }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * Finds out, from the catalog alone, whether a statement that runs outside a transaction was done when its run died. An index
 * that its failed build left invalid is dropped. `IF NOT EXISTS` is not believed: it would take such an index for a sound one.
 * @param sql as the rehearsal sent it
 * @param after the catalog behind the revision, which knows the schema of every name
 */
export async function settleStatement(
  client: pg.ClientBase,
  sql: string,
  before: Catalog,
  after: Catalog,
): Promise<Settled> {
  const node = onlyStatement(sql);
  if (node && "IndexStmt" in node && node.IndexStmt.idxname !== undefined)
    return settleBuild(client, qualified(node.IndexStmt.idxname, after) ?? node.IndexStmt.idxname);
  if (node && "DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX") {
    const names = nameLists(node.DropStmt.objects).map((parts) => parts.at(-1) ?? "");
    const states = await Promise.all(names.map((name) => indexState(client, qualified(name, before) ?? name)));
    return states.every((state) => state === "absent") ? { kind: "done" } : { kind: "undone" };
  }
  // Done twice is as good as done once. What REINDEX leaves it names itself, and `status` shows it.
  if (node && ("VacuumStmt" in node || "RefreshMatViewStmt" in node || "ReindexStmt" in node))
    return { kind: "undone" };
  return { kind: "unknown", reason: "the catalog does not tell whether it was done" };
}

/** The server remembers how a transaction ended, also over a crash. https://www.postgresql.org/docs/18/functions-info.html */
export async function settleTransaction(client: pg.ClientBase, transaction: string): Promise<Settled> {
  // Earlier ledgers have some a whole turn of the counter too low.
  const number = BigInt(transaction) < 0n ? BigInt(transaction) + 2n ** 32n : BigInt(transaction);
  const { rows } = await client.query<{ status: string | null }>("SELECT pg_xact_status($1::xid8) AS status", [
    String(number),
  ]);
  switch (rows[0]?.status) {
    case "committed":
      return { kind: "done" };
    case "aborted":
      return { kind: "undone" };
    default:
      return { kind: "unknown", reason: "the server no longer remembers how its transaction ended" };
  }
}

async function settleBuild(client: pg.ClientBase, index: string): Promise<Settled> {
  switch (await indexState(client, index)) {
    case "absent":
      return { kind: "undone" };
    case "valid":
      return { kind: "done" };
    case "invalid":
      // It waits for every transaction that is older, as its build did.
      await client.query({ text: `DROP INDEX CONCURRENTLY ${index}`, query_timeout: longestDropMs } as pg.QueryConfig);
      return { kind: "undone" };
  }
}

async function indexState(client: pg.ClientBase, index: string): Promise<"absent" | "valid" | "invalid"> {
  const { rows } = await client.query<{ sound: boolean }>(
    "SELECT indisvalid AND indisready AND indislive AS sound FROM pg_index WHERE indexrelid = to_regclass($1)",
    [index],
  );
  return rows[0] === undefined ? "absent" : rows[0].sound ? "valid" : "invalid";
}

/** Schema-qualified and quoted, as catalogs name it; absent when the catalog has no such index, or several. */
function qualified(name: string, { objects }: Catalog): string | undefined {
  const quoted = /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  const found = [...objects.values()].filter(({ kind, name: full }) => kind === "index" && full.endsWith(`.${quoted}`));
  return found.length === 1 ? found[0]?.name : undefined;
}
