import { describe, expect, it } from "vitest";
import type { Catalog, CatalogObject } from "../../src/catalog/catalog.ts";
import { compareCatalogs } from "../../src/catalog/difference.ts";

type Given = [kind: string, name: string, attributes?: CatalogObject["attributes"], relation?: string];

const catalog = (...objects: readonly Given[]): Catalog => ({
  objects: new Map(
    objects.map(([kind, name, attributes = {}, relation]) => [
      `${kind} ${name}`,
      { kind, name, attributes, ...(relation === undefined ? {} : { relation }) },
    ]),
  ),
});

const compare = (before: Catalog, after: Catalog): string[] =>
  compareCatalogs(before, after).map((difference) =>
    difference.kind === "changed"
      ? `changed ${difference.after.kind} ${difference.after.name}: ${difference.attributes.join(", ")}`
      : `${difference.kind} ${difference.object.kind} ${difference.object.name}`,
  );

const mill: readonly Given[] = [
  ["table", "app.mill"],
  ["column", "app.mill.id", { type: "integer" }, "app.mill"],
  ["constraint", "app.mill.mill_pk", {}, "app.mill"],
  ["index", "app.mill_name", {}, "app.mill"],
  ["trigger", "app.mill.bell", {}, "app.mill"],
  ["sequence", "app.mill_id_seq", { "owned by": "app.mill.id" }, "app.mill"],
];

describe("a missing object stands for its parts", () => {
  it("a table for its columns, constraints, indexes, triggers and sequences", () => {
    expect(compare(catalog(...mill), catalog())).toEqual(["missing table app.mill"]);
    expect(compare(catalog(), catalog(...mill))).toEqual(["surplus table app.mill"]);
  });
  it("a schema for what it holds, and not for what has a similar name", () => {
    const others: Given[] = [
      ["table", "apples.sack"],
      ["database setting", "app.user"],
      ["cast", "(app.a AS app.b)"],
    ];
    expect(compare(catalog(["schema", "app"], ...mill, ...others), catalog())).toEqual([
      "missing database setting app.user",
      "missing schema app",
      "missing table apples.sack",
      "missing cast (app.a AS app.b)",
    ]);
  });
  it("a column for the sequence it owns", () => {
    const without = mill.filter(([, name]) => !["app.mill.id", "app.mill_id_seq"].includes(name));
    expect(compare(catalog(...mill), catalog(...without))).toEqual(["missing column app.mill.id"]);
  });
  it("a column that becomes an identity for its sequence", () => {
    const before = catalog(["table", "t"], ["column", "t.id", { identity: null }, "t"]);
    const after = catalog(
      ["table", "t"],
      ["column", "t.id", { identity: "always" }, "t"],
      ["sequence", "t_id_seq", { "owned by": "t.id" }, "t"],
    );
    expect(compare(before, after)).toEqual(["changed column t.id: identity"]);
  });
  it("a partitioned table, index, constraint or trigger for those of its partitions", () => {
    const table: Given[] = [
      ["table", "s.mill"],
      ["table", "s.mill_1", { "partition of": "s.mill" }],
      ["column", "s.mill_1.id", {}, "s.mill_1"],
    ];
    expect(compare(catalog(...table), catalog())).toEqual(["missing table s.mill"]);
    const parts: Given[] = [
      ["index", "s.i", {}, "s.mill"],
      ["index", "s.i_1", { "partition of": "s.i" }, "s.mill_1"],
      ["constraint", "s.mill.pk", {}, "s.mill"],
      ["constraint", "s.mill_1.pk_1", { "partition of": "s.pk" }, "s.mill_1"],
      ["trigger", "s.mill.bell", {}, "s.mill"],
      ["trigger", "s.mill_1.bell", { "partition of": "s.mill.bell" }, "s.mill_1"],
    ];
    expect(compare(catalog(...table), catalog(...table, ...parts)).toSorted()).toEqual([
      "surplus constraint s.mill.pk",
      "surplus index s.i",
      "surplus trigger s.mill.bell",
    ]);
  });
  it("a role for its settings and memberships, and a publication for its tables", () => {
    const before = catalog(
      ["role", "app"],
      ["role setting", "app.work_mem", {}, "app"],
      ["role membership", "app in dba", {}, "app"],
      ["publication", "news"],
      ["publication table", "s.mill.news", {}, "s.mill"],
    );
    expect(compare(before, catalog())).toEqual(["missing role app", "missing publication news"]);
  });
});

it("lists the parts of an object that is there", () => {
  const [table, ...parts] = mill as [Given, ...Given[]];
  expect(compare(catalog(...mill), catalog(table))).toHaveLength(parts.length - 1);
});

it("lists the attributes that differ, and takes an absent one for null", () => {
  const before = catalog(["column", "t.a", { type: "text", nullable: "NO", default: null, comment: "x" }]);
  const after = catalog(["column", "t.a", { type: "text", nullable: "YES", comment: "y" }]);
  expect(compare(before, after)).toEqual(["changed column t.a: comment, nullable"]);
});

it("finds nothing whatever the order of the objects", () => {
  expect(compare(catalog(...mill), catalog(...mill.toReversed()))).toEqual([]);
});

it("orders as one can drop, create and alter, and the same whatever the order of the objects", () => {
  const before: Given[] = [
    ["view", "s.v"],
    ["type", "s.grain"],
    ["function", "s.f()"],
    ["column", "s.t.a", { type: "integer" }],
  ];
  const after: Given[] = [
    ["type", "s.corn"],
    ["column", "s.t.a", { type: "text" }],
    ["table", "s.u"],
    ["trigger", "s.t.bell"],
  ];
  const expected = [
    "surplus trigger s.t.bell",
    "surplus table s.u",
    "missing type s.grain",
    "missing function s.f()",
    "missing view s.v",
    "changed column s.t.a: type",
    "surplus type s.corn",
  ];
  expect(compare(catalog(...before), catalog(...after))).toEqual(expected);
  expect(compare(catalog(...before.toReversed()), catalog(...after.toReversed()))).toEqual(expected);
});
