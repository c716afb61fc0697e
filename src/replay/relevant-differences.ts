import type { Catalog, CatalogDifference } from "../catalog/catalog.ts";
import { compareCatalogs } from "../catalog/difference.ts";

/**
 * How two states of a replay differ, without what no migration can be asked to bring back:
 * - A constraint that was NOT VALID and has been validated. Nothing but dropping it takes that back, and no row is the worse for it.
 * - The name that PostgreSQL itself gave a NOT NULL (from 18 on). It keeps the table's and column's names of the day it was
 *   made, so that a column which is dropped and added again after a renaming gets another one.
 */
export const relevantDifferences = (before: Catalog, after: Catalog): readonly CatalogDifference[] =>
  compareCatalogs(before, after).filter((difference) => !isHarmless(difference));

function isHarmless(difference: CatalogDifference): boolean {
  if (difference.kind !== "changed") return false;
  const { before, after, attributes } = difference;
  return attributes.every((attribute) => {
    switch (attribute) {
      case "validated":
        return before.attributes["validated"] === "no";
      case "definition":
        return before.attributes["definition"] === `${after.attributes["definition"]} NOT VALID`;
      case "not null constraint":
        return [before, after].every(({ attributes: { [attribute]: name } }) =>
          /^(?:CONSTRAINT \S+_not_null\d* NOT NULL \S+)?$/.test(name ?? ""),
        );
      default:
        return false;
    }
  });
}
