import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { historyAt, newRevisions, newSince, standsForOne } from "../../src/lineage/new-revisions.ts";
import { filesOf } from "../support/files.ts";
import { drawn, projectOf, revision, toolOf } from "./drawn-history.ts";

const history = drawn("a ← b ← c");
const newIn = (base: string, tree: Readonly<Record<string, string>> = {}) => [
  ...newRevisions(history, filesOf(tree), toolOf({ readHistory: () => drawn(base) }), projectOf()),
];

/** A tool that fails when it reads. */
const failing = (error: Error) =>
  toolOf({
    readHistory: () => {
      throw error;
    },
  });

describe("which revisions are new", () => {
  test("all, without a base", () => {
    expect([...newRevisions(history, undefined, toolOf(), projectOf())]).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["a ← b ← c", []],
    ["a ← b", ["c"]],
    ["", ["a", "b", "c"]],
    ["a ← elsewhere", ["b", "c"]],
  ])("against %s", (base, expected) => {
    expect(newIn(base)).toEqual(expected);
  });

  test("not one whose file was only renamed", () => {
    const renamed = drawn("a ← b ← c");
    const base = { ...renamed, revisions: renamed.revisions.map((each) => ({ ...each, file: `old/${each.id}.py` })) };
    expect([
      ...newRevisions(history, filesOf({ "old/a.py": "" }), toolOf({ readHistory: () => base }), projectOf()),
    ]).toEqual([]);
  });

  test("a file whose id could not be told counts by its path; one whose id was another does not", () => {
    expect(newIn("a", { "versions/a.py": "", "versions/b.py": "" })).toEqual(["c"]);
    const other = { ...drawn("a"), revisions: [{ ...revision("x"), file: "versions/b.py" }] };
    const tool = toolOf({ readHistory: () => other });
    expect([...newRevisions(history, filesOf({ "versions/b.py": "" }), tool, projectOf())]).toContain("b");
  });

  test("a base that cannot be read has no revisions, and a fault of ours is not hidden", () => {
    expect(historyAt(filesOf({}), failing(new ConfigurationError("no")), projectOf()).revisions).toEqual([]);
    expect(() => historyAt(filesOf({}), failing(new TypeError("bug")), projectOf())).toThrow("bug");
  });
});

describe("files of the base whose ids only the tool tells", () => {
  const nobody = drawn("");
  const fresh = (files: Readonly<Record<string, string>>, before: Readonly<Record<string, string>>) => {
    const shared = { ...history, revisions: history.revisions.map((each) => ({ ...each, file: "all.ts" })) };
    const isOwn = standsForOne(shared, filesOf(files), filesOf(before), undefined);
    return [...newSince(shared, nobody, filesOf(before), isOwn)];
  };

  test("stand for the revisions in them as long as they are what they were", () => {
    expect(fresh({ "all.ts": "abc" }, { "all.ts": "abc" })).toEqual([]);
    expect(fresh({ "all.ts": "abc" }, { "all.ts": "ab" })).toEqual(["a", "b", "c"]);
  });
});
