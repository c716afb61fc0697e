import { describe, expect, test } from "vitest";
import { mergedHistory } from "../../src/lineage/merged-history.ts";
import { drawn, linear } from "./drawn-history.ts";

const idsOf = (history: { readonly revisions: readonly { readonly id: string }[] }) =>
  history.revisions.map(({ id }) => id);

describe("graphs: base, ours, theirs → merged", () => {
  test.each([
    ["a ← b", "a ← b ← c", "a ← b ← d", ["a", "b", "c", "d"], ["d"]],
    ["a ← b", "a ← b ← c", "a ← b", ["a", "b", "c"], []],
    ["a ← b", "a ← b", "a ← b ← d", ["a", "b", "d"], ["d"]],
    // What either side deleted is gone.
    ["a ← b", "a ← c", "a ← b ← d", ["a", "c", "d"], ["d"]],
    ["a ← b", "a ← b ← c", "a ← d", ["a", "c", "d"], ["d"]],
    ["", "a", "b", ["a", "b"], ["b"]],
  ])("%s · %s · %s", (base, ours, theirs, expected, incoming) => {
    const merged = mergedHistory(drawn(ours), drawn(theirs), drawn(base));
    expect(idsOf(merged.history)).toEqual(expected);
    expect([...merged.incoming]).toEqual(incoming);
    expect(merged.clashes).toEqual([]);
  });

  test("what one side relinked is relinked", () => {
    const base = drawn("a ← b ← c");
    const relinked = drawn("a ← b; a ← x; b, x ← c");
    const parentsOfC = (history: typeof base) => history.revisions.find(({ id }) => id === "c")?.downRevisions;
    expect(parentsOfC(mergedHistory(base, relinked, base).history)).toEqual(["b", "x"]);
    expect(parentsOfC(mergedHistory(relinked, base, base).history)).toEqual(["b", "x"]);
  });

  test("one id, new on both sides, is a clash only in two files", () => {
    const base = drawn("a");
    const ours = drawn("a ← b");
    const elsewhere = { ...ours, revisions: ours.revisions.map((each) => ({ ...each, file: `${each.file}.other` })) };
    expect(mergedHistory(ours, ours, base).clashes).toEqual([]);
    expect(mergedHistory(ours, elsewhere, base).clashes.map(({ theirs }) => theirs.file)).toEqual([
      "versions/b.py.other",
    ]);
  });
});

describe("linear histories", () => {
  test.each([
    [["1_a.sql"], ["1_a.sql", "3_c.sql"], ["1_a.sql", "2_b.sql"], ["1", "2", "3"]],
    [["1_a.sql"], ["1_a.sql", "2_b.sql"], ["1_a.sql", "3_c.sql"], ["1", "2", "3"]],
    // By number where both are so ordered, else by text.
    [["9_a.sql"], ["9_a.sql", "10_b.sql"], ["9_a.sql", "11_c.sql"], ["9", "10", "11"]],
    [
      ["10_a.sql", "9_b.sql"],
      ["10_a.sql", "9_b.sql", "91_c.sql"],
      ["10_a.sql", "11_d.sql", "9_b.sql"],
      ["10", "11", "9", "91"],
    ],
    [["a.sql"], ["a.sql", "c.sql"], ["a.sql", "b.sql"], ["a.sql", "b.sql", "c.sql"]],
    [[], ["2_b.sql"], ["1_a.sql", "3_c.sql"], ["1", "2", "3"]],
  ])("%j · %j · %j", (base, ours, theirs, expected) => {
    const merged = mergedHistory(linear(...ours), linear(...theirs), linear(...base));
    expect(idsOf(merged.history)).toEqual(expected);
  });
});
