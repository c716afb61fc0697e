import type { CatalogDifference } from "./catalog.ts";

/** The SQL that brings an object back to what it was before, where that is known for sure. */
export function repairStatement(_difference: CatalogDifference): string | undefined {
  return undefined;
}
