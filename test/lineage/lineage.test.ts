import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { History } from "../../src/history.ts";
import { graphOf } from "../../src/lineage/graph.ts";
import { describeLineage } from "../../src/lineage/lineage.ts";
import { ancestors, findCycles, pathFromBase, topologicalOrder } from "../../src/lineage/order.ts";
import { drawn, linear, revision } from "./drawn-history.ts";

const none = new Set<string>();
const shapeOf = (history: History) => {
  const { heads, bases, branchPoints, mergePoints } = describeLineage(history, none);
  return { heads, bases, branchPoints, mergePoints };
};

describe("the shape of a graph", () => {
  test.each([
    ["", [], [], [], []],
    ["a", ["a"], ["a"], [], []],
    ["a ← b ← c", ["c"], ["a"], [], []],
    ["a ← b ← c; b ← d", ["c", "d"], ["a"], ["b"], []],
    ["a ← b; a ← c; b, c ← m", ["m"], ["a"], ["a"], ["m"]],
    ["a ← b; x ← y", ["b", "y"], ["a", "x"], [], []],
    // A head that another depends on is a head all the same.
    ["a ← b; x ← y; b ⇠ y", ["b", "y"], ["a", "x"], [], []],
    ["a; a ⇠ x", ["a", "x"], ["a", "x"], [], []],
    ["?gone ← b ← c", ["c"], [], [], []],
    ["a ← b ← c ← b", [], ["a"], [], ["b"]],
    ["a ← a", [], [], [], []],
  ])("%s", (drawing, heads, bases, branchPoints, mergePoints) => {
    expect(shapeOf(drawn(drawing))).toEqual({ heads, bases, branchPoints, mergePoints });
  });

  test("counts and new ones keep the history's order", () => {
    expect(describeLineage(drawn("c ← b ← a"), new Set(["a", "b", "elsewhere"]))).toMatchObject({
      revisions: 3,
      new: ["b", "a"],
    });
  });

  test("of a linear history is its two ends", () => {
    expect(shapeOf(linear("1_a.sql", "2_b.sql", "10_c.sql"))).toEqual({
      heads: ["10"],
      bases: ["1"],
      branchPoints: [],
      mergePoints: [],
    });
    expect(shapeOf(linear())).toEqual({ heads: [], bases: [], branchPoints: [], mergePoints: [] });
  });
});

const orderOf = (drawing: string) => topologicalOrder(drawn(drawing).revisions).ordered.map(({ id }) => id);

describe("order", () => {
  test.each([
    ["c ← b ← a", ["c", "b", "a"]],
    // As it was given, where that is an order.
    ["a ← z; a ← b", ["a", "z", "b"]],
    ["b ← x; a ← y", ["b", "x", "a", "y"]],
    ["a ← b; a ← Z; Z, b ← m", ["a", "b", "Z", "m"]],
    // What a revision depends on comes first, too.
    ["a; z ⇠ a", ["z", "a"]],
    // Only the sound part has an order.
    ["a ← b; x ← y ← x; y ← z", ["a", "b"]],
  ])("%s", (drawing, expected) => {
    expect(orderOf(drawing)).toEqual(expected);
  });

  test("what cannot be ordered is stuck, and only circles are circles", () => {
    const { revisions } = drawn("a ← b; x ← y ← x; y ← z; s ← s; p ⇠ q; q ← p");
    expect(
      topologicalOrder(revisions)
        .stuck.map(({ id }) => id)
        .toSorted(),
    ).toEqual(["p", "q", "s", "x", "y", "z"]);
    expect(findCycles(revisions)).toEqual([["p", "q"], ["s"], ["x", "y"]]);
    expect(findCycles(drawn("a ← b; a ← c; b, c ← m").revisions)).toEqual([]);
  });

  test("ancestors and the path from base", () => {
    const { revisions } = drawn("a ← b ← c; a ← d; x ← y; b ⇠ y");
    const { parents, requirements } = graphOf(revisions);
    expect([...ancestors(parents, ["c"])].toSorted()).toEqual(["a", "b"]);
    expect([...ancestors(parents, ["y"])]).toEqual(["x"]);
    expect([...ancestors(requirements, ["y"])].toSorted()).toEqual(["a", "b", "x"]);
    expect(pathFromBase(revisions, "y").map(({ id }) => id)).toEqual(["a", "b", "x", "y"]);
    expect(pathFromBase(revisions, "gone")).toEqual([]);
  });

  test("a dependency is found by id, by label, and by the beginning of an id", () => {
    const labelled = { ...revision("abc1"), branchLabels: ["billing"] };
    const find = (name: string) =>
      graphOf([labelled, revision("abd2"), revision("zz", [], [name])]).requirements.get("zz");
    expect(find("abc1")).toEqual(["abc1"]);
    expect(find("billing")).toEqual(["abc1"]);
    expect(find("abd")).toEqual(["abd2"]);
    expect(find("ab")).toEqual([]);
  });
});

const name = (index: number) => `r${String(index).padStart(6, "0")}`;

describe("large histories", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    revision(name(index), index === 0 ? [] : [name(index - 1)]),
  );

  test("10,000 in a row", () => {
    const shuffled = [...chain].toReversed();
    expect(topologicalOrder(shuffled).ordered).toEqual(chain);
    expect(pathFromBase(shuffled, name(9_999))).toHaveLength(10_000);
    expect(shapeOf({ shape: "graph", revisions: chain, problems: [] })).toMatchObject({ heads: [name(9_999)] });
  });

  test("10,000 in a circle", () => {
    const [first, ...others] = chain;
    const circle = [{ ...first, downRevisions: [name(9_999)] } as (typeof chain)[number], ...others];
    expect(topologicalOrder(circle).ordered).toEqual([]);
    expect(findCycles(circle).map(({ length }) => length)).toEqual([10_000]);
  });

  test("a fan of 1,000", () => {
    const fan = [revision("a"), ...Array.from({ length: 1_000 }, (_, index) => revision(name(index), ["a"]))];
    expect(topologicalOrder([...fan.slice(1), ...fan.slice(0, 1)]).ordered).toEqual(fan);
    expect(shapeOf({ shape: "graph", revisions: fan, problems: [] }).heads).toHaveLength(1_000);
  });
});

describe("any sound graph", () => {
  /** Each revision takes its parents and dependencies among those before it; then they are given new names and shuffled. */
  const graphs = fc
    .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.array(fc.nat(), { maxLength: 2 })), { maxLength: 30 })
    .chain((links) =>
      fc.tuple(
        fc.constant(links),
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: links.length, maxLength: links.length }),
      ),
    )
    .chain(([links, names]) => {
      const pick = (index: number, wanted: readonly number[]) =>
        index === 0 ? [] : wanted.map((number) => names[number % index] as string);
      return fc.shuffledSubarray(
        links.map(([parents, dependencies], index) =>
          revision(names[index] as string, pick(index, parents), pick(index, dependencies)),
        ),
        { minLength: links.length },
      );
    });

  test("everything required comes before, and nothing given earlier could have come instead", () => {
    fc.assert(
      fc.property(graphs, (revisions) => {
        const { ordered, stuck } = topologicalOrder(revisions);
        expect(stuck).toEqual([]);
        const done = new Set<string>();
        for (const next of ordered) {
          const possible = revisions.find(
            ({ id, downRevisions, dependsOn }) =>
              !done.has(id) && [...downRevisions, ...dependsOn].every((before) => done.has(before)),
          );
          expect(next.id).toBe(possible?.id);
          done.add(next.id);
        }
        expect(done.size).toBe(revisions.length);
        expect(findCycles(revisions)).toEqual([]);
      }),
    );
  });

  test("heads and bases are what the definition says", () => {
    fc.assert(
      fc.property(graphs, (revisions) => {
        const { heads, bases, branchPoints } = shapeOf({ shape: "graph", revisions, problems: [] });
        const childrenOf = (id: string) => revisions.filter(({ downRevisions }) => downRevisions.includes(id));
        expect(heads).toEqual(revisions.filter(({ id }) => childrenOf(id).length === 0).map(({ id }) => id));
        expect(bases).toEqual(revisions.filter(({ downRevisions }) => downRevisions.length === 0).map(({ id }) => id));
        expect(branchPoints).toEqual(revisions.filter(({ id }) => childrenOf(id).length > 1).map(({ id }) => id));
      }),
    );
  });
});
