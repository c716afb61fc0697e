import type { CatalogDifference } from "./catalog.ts";
import { alterStatements } from "./repairs/alter.ts";
import { createStatements } from "./repairs/create.ts";
import { dropStatement } from "./repairs/drop.ts";

/**
 * The SQL that brings an object back to what it was before, several statements on lines of their own; undefined where
 * that is not known for sure. It restores the schema and says nothing of rows.
 */
export function repairStatement(difference: CatalogDifference): string | undefined {
  switch (difference.kind) {
    case "surplus":
      return dropStatement(difference.object);
    case "missing":
      return createStatements(difference.object)?.join("\n");
    case "changed": {
      const statements = alterStatements(difference);
      return statements === undefined || statements.length === 0 ? undefined : statements.join("\n");
    }
  }
}
