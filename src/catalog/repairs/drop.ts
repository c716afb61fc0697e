import type { CatalogObject } from "../catalog.ts";
import { partName } from "../names.ts";
import { target } from "./target.ts";

/** The statement that removes an object; undefined where removing it takes more than knowing its name. */
export function dropStatement(object: CatalogObject): string | undefined {
  const { kind, name, relation, attributes } = object;
  // PostgreSQL removes these together with what they are a copy of.
  if (attributes["partition of"] && kind !== "table" && kind !== "foreign table") return undefined;
  switch (kind) {
    case "schema":
      return `DROP SCHEMA ${name} CASCADE;`;
    case "aggregate":
      return `DROP ROUTINE ${name};`;
    case "sequence":
      return attributes["owned by"] ? undefined : `DROP SEQUENCE ${name};`;
    case "subscription":
    case "transform":
    case "language":
      return undefined;
    case "column":
      return relation && `ALTER TABLE ${relation} DROP COLUMN ${partName(name, relation)};`;
    case "attribute":
      return relation && `ALTER TYPE ${relation} DROP ATTRIBUTE ${partName(name, relation)};`;
    case "constraint":
      if (attributes["inherited"]) return undefined;
      return relation && `ALTER TABLE ${relation} DROP CONSTRAINT ${partName(name, relation)};`;
    case "domain constraint":
      return relation && `ALTER DOMAIN ${relation} DROP CONSTRAINT ${partName(name, relation)};`;
    case "user mapping":
      return `DROP USER MAPPING FOR ${name};`;
    case "publication table":
      return relation && `ALTER PUBLICATION ${partName(name, relation)} DROP TABLE ${relation};`;
    case "publication schema":
      return relation && `ALTER PUBLICATION ${partName(name, relation)} DROP TABLES IN SCHEMA ${relation};`;
    case "role membership":
      return relation && `REVOKE ${attributes["role"]} FROM ${relation};`;
    case "role setting":
      return relation && `ALTER ROLE ${relation} RESET ${partName(name, relation)};`;
    case "server setting":
      return `ALTER SYSTEM RESET ${name};`;
    default: {
      const named = target(object);
      return named && `DROP ${named};`;
    }
  }
}
