import { expect, test } from "vitest";
import type { Catalog, CatalogObject } from "../../src/catalog/catalog.ts";
import { relevantDifferences } from "../../src/replay/relevant-differences.ts";

const named = (name: string | null): CatalogObject["attributes"] => ({ "not null constraint": name });
const own = "CONSTRAINT barges_name_not_null NOT NULL name";
const given = "CONSTRAINT must_have_name NOT NULL name";

const catalog = (kind: string, attributes: CatalogObject["attributes"]): Catalog => ({
  objects: new Map([[kind, { kind, name: "public.boats.name", relation: "public.boats", attributes }]]),
});

test.each([
  ["column", "another name of PostgreSQL's own", named(own), named(null), 0],
  ["column", "a name of PostgreSQL's own again", named(null), named(own), 0],
  ["column", "a given name that is lost", named(given), named(null), 1],
  ["column", "a given name that is new", named(own), named(given), 1],
  ["constraint", "one that was not valid and is", { validated: "no" }, { validated: "yes" }, 0],
  ["constraint", "one that was valid and is not", { validated: "yes" }, { validated: "no" }, 1],
  [
    "constraint",
    "one that is valid and is another",
    { validated: "no", deferrable: "no" },
    { validated: "yes", deferrable: "yes" },
    1,
  ],
] as const)("%s, %s", (kind, _, before, after, count) => {
  expect(relevantDifferences(catalog(kind, before), catalog(kind, after))).toHaveLength(count);
});
