import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { Revision } from "../../src/history.ts";
import { revisionsIn, withAncestors } from "../../src/replay/range.ts";

const revision = (id: string, downRevisions: readonly string[], dependsOn: readonly string[] = []): Revision => ({
  id,
  downRevisions,
  dependsOn,
  branchLabels: [],
  file: `${id}.py`,
  downgrade: "present",
});

/** a1 ← b1 ← d1, a1 ← c1; e1 stands alone and depends on c1. */
const drawn = [
  revision("a1", []),
  revision("b1", ["a1"]),
  revision("c1", ["a1"]),
  revision("d1", ["b1"]),
  revision("e1", [], ["c1"]),
];

describe("a range", () => {
  test.each([
    ["b1", ["b1"]],
    ["b", ["b1"]],
    ["a1:d1", ["b1", "d1"]],
    [":b1", ["a1", "b1"]],
    ["b1:", ["c1", "d1", "e1"]],
    ["a1:e1", ["c1", "e1"]],
    [":", ["a1", "b1", "c1", "d1", "e1"]],
  ])("%s is %j", (range, ids) => {
    expect([...revisionsIn(range, drawn)].toSorted()).toEqual(ids);
  });

  test.each([
    ["x1", "There is no revision x1."],
    ["a1:x1", "There is no revision x1."],
    ["d1:a1", "The range d1:a1 holds no revision"],
    ["d1:d1", "The range d1:d1 holds no revision"],
    ["a1:b1:d1", "A range is FROM:TO"],
  ])("%s: %s", (range, message) => {
    expect(() => revisionsIn(range, drawn)).toThrow(UsageError);
    expect(() => revisionsIn(range, drawn)).toThrow(message);
  });
});

test("what has to be applied before includes what is depended on", () => {
  expect([...withAncestors(new Set(["e1"]), drawn)].toSorted()).toEqual(["a1", "c1", "e1"]);
});
