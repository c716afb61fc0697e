import type { CatalogObject } from "../catalog.ts";
import { partName } from "../names.ts";

/** Kinds that `COMMENT ON` and `ALTER` name by one word or two and the name as it is. */
const plain: ReadonlySet<string> = new Set([
  "access method",
  "aggregate",
  "cast",
  "collation",
  "conversion",
  "domain",
  "event trigger",
  "extension",
  "foreign data wrapper",
  "foreign table",
  "function",
  "index",
  "language",
  "materialized view",
  "operator",
  "operator class",
  "operator family",
  "procedure",
  "publication",
  "role",
  "schema",
  "sequence",
  "server",
  "subscription",
  "table",
  "text search configuration",
  "text search dictionary",
  "text search parser",
  "text search template",
  "transform",
  "type",
  "view",
]);

/** How a statement such as `COMMENT ON` names an object, for example `TRIGGER bell ON public.mill`; undefined for kinds it cannot name. */
export function target({ kind, name, relation }: CatalogObject): string | undefined {
  if (plain.has(kind)) return `${kind.toUpperCase()} ${name}`;
  if (kind === "statistics object") return `STATISTICS ${name}`;
  if (relation === undefined) return undefined;
  switch (kind) {
    case "column":
    case "attribute":
      return `COLUMN ${name}`;
    case "constraint":
    case "trigger":
    case "rule":
    case "policy":
      return `${kind.toUpperCase()} ${partName(name, relation)} ON ${relation}`;
    case "domain constraint":
      return `CONSTRAINT ${partName(name, relation)} ON DOMAIN ${relation}`;
    default:
      return undefined;
  }
}
