import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { judgeProjectLineage } from "../../src/gate/project-lineage.ts";
import type { Project } from "../../src/project.ts";
import { toolNamed } from "../../src/tools/registry.ts";
import { filesOf } from "../support/files.ts";

const project: Project = {
  name: "boats",
  tool: "sql",
  layout: "golang-migrate",
  directory: ".",
  migrations: ["m"],
  environment: {},
  prelude: [],
  oneWay: {},
  allowEmpty: false,
};
const tree = (names: readonly string[]) =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`m/${name}.up.sql`, `CREATE TABLE t_${name} (id int);`],
      [`m/${name}.down.sql`, `DROP TABLE t_${name};`],
    ]),
  );

function judged(base: readonly string[], files: Readonly<Record<string, string>>, tip: readonly string[]) {
  const now = filesOf(files);
  return judgeProjectLineage(project, toolNamed("sql").readHistory(now, project), {
    commit: "0".repeat(40),
    ref: "origin/main",
    mergeBase: filesOf(tree(base)),
    tip: filesOf(tree([...base, ...tip])),
  }).findings;
}

/** What all the findings together advise, from every `a → b` and `a to b` of theirs. */
const advised = (findings: readonly Finding[]): ReadonlyMap<string, string> =>
  new Map(
    findings.flatMap(({ help = "" }) =>
      [...help.matchAll(/(m\/\S+) (?:→|to) (m\/\S+?)[.,]?(?=\s|$)/g)].map(
        ([, from = "", to = ""]) => [from, to] as const,
      ),
    ),
  );

describe("the advice to rename", () => {
  test.each([
    ["one comes late, and one has a version that the base branch has by now", ["1_a"], ["2_x", "3_y"], ["3_c"]],
    ["one comes late, and one has a version that is there", ["1_a", "3_c"], ["2_x", "3_y"], []],
    ["three with one version", ["1_a"], ["2_x", "2_y", "2_z"], []],
    ["two with one version, and what comes after them", ["1_a"], ["2_x", "2_y", "3_z"], []],
    ["one version on both branches, and what comes after it", ["1_a"], ["2_x", "3_y"], ["2_c"]],
    ["everything at once", ["01_a", "05_e"], ["02_x", "05_y", "05_z", "06_u", "07_v"], ["06_f", "08_h"]],
  ])("leaves nothing to say when all of it is followed: %s", (_, base, ours, theirs) => {
    const before = tree([...base, ...ours]);
    const findings = judged(base, before, theirs);
    expect(findings.length).toBeGreaterThan(0);
    const renames = advised(findings);
    expect(renames.size).toBeGreaterThan(0);
    const after = Object.fromEntries(Object.entries(before).map(([path, text]) => [renames.get(path) ?? path, text]));
    expect(Object.keys(after)).toHaveLength(Object.keys(before).length);
    expect(judged(base, after, theirs)).toEqual([]);
  });

  test("keeps the order that the author gave, and renames nothing that can stay", () => {
    const findings = judged(["1_a"], tree(["1_a", "2_x", "3_y", "9_z"]), ["3_c"]);
    expect(Object.fromEntries(advised(findings))).toEqual({
      "m/2_x.up.sql": "m/4_x.up.sql",
      "m/2_x.down.sql": "m/4_x.down.sql",
      "m/3_y.up.sql": "m/5_y.up.sql",
      "m/3_y.down.sql": "m/5_y.down.sql",
    });
  });
});
