import type { Node } from "./parse-node.ts";

/** The tables that a statement names, where its text says that it reaches no others. */
export interface NamedTables {
  /** As they are written: with their schema, or without. */
  readonly names: readonly string[];
  /** The one that it creates, which is among them. */
  readonly creates?: string;
  /** Whether it makes a new table, of which the others are referred to by foreign keys alone, or an index. */
  readonly builds?: "table" | "index";
}

const readers = new Set(["CreateStmt", "IndexStmt", "AlterTableStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"]);
/** These reach no relation, whatever they are given. */
const harmless = new Set(
  `abs btrim chr clock_timestamp concat date_trunc gen_random_uuid generate_series greatest json_build_array
  json_build_object jsonb_build_array jsonb_build_object least left length lower ltrim make_date make_interval md5 now
  random repeat replace right round rtrim statement_timestamp substr substring timezone to_char to_date to_timestamp
  transaction_timestamp upper uuidv4 uuidv7`.split(/\s+/),
);
/** A longer text is not looked through. */
const maxLength = 100_000;

/**
 * What a statement of a kind that names all that it reaches does name; `undefined` for others, and where it calls what may
 * be code. Code may still run: a trigger's, an operator's, a domain's. So this is where to look, and no proof.
 */
export function namedTables(node: string, fields: Node, sql: string): NamedTables | undefined {
  if (!readers.has(node) || sql.length > maxLength || fields["if_not_exists"] === true || fields["concurrent"] === true)
    return undefined;
  const names: string[] = [];
  if (!collect(fields, names)) return undefined;
  if (node !== "CreateStmt") return { names, ...(node === "IndexStmt" && { builds: "index" }) };
  const creates = tableName(fields["relation"] as Node);
  if (creates === undefined) return undefined;
  const isPlain = fields["inhRelations"] === undefined && !has(fields["tableElts"], "TableLikeClause");
  return { names, creates, ...(isPlain && { builds: "table" }) };
}

/** Whether nothing in it may be code. */
function collect(value: unknown, names: string[]): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every((element) => collect(element, names));
  const node = value as Node;
  if (typeof node["relname"] === "string") {
    const name = tableName(node);
    if (name !== undefined) names.push(name);
    return name !== undefined;
  }
  return Object.entries(node).every(
    ([key, inner]) =>
      key !== "ofTypename" && (key !== "FuncCall" || isHarmless(inner as Node)) && collect(inner, names),
  );
}

/** Whether one of these nodes is of this kind. */
const has = (nodes: unknown, kind: string): boolean =>
  Array.isArray(nodes) && nodes.some((node) => typeof node === "object" && node !== null && kind in node);

/** Without one for a temporary table, which hides another of its name. */
function tableName({ schemaname, relname, relpersistence }: Node): string | undefined {
  if (typeof relname !== "string" || relpersistence === "t") return undefined;
  return typeof schemaname === "string" ? JSON.stringify([schemaname, relname]) : JSON.stringify([relname]);
}

function isHarmless(call: Node): boolean {
  const path = ((call["funcname"] ?? []) as readonly { readonly String?: { readonly sval?: string } }[]).map(
    ({ String: part }) => part?.sval ?? "",
  );
  if (path.length > 1 && path[0] !== "pg_catalog") return false;
  return harmless.has(path.at(-1) ?? "");
}
