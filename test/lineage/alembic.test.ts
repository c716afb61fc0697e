import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Revision } from "../../src/history.ts";
import { describeLineage } from "../../src/lineage/lineage.ts";
import { topologicalOrder } from "../../src/lineage/order.ts";
import { upgradeOrder } from "../../src/tools/alembic/upgrade-order.ts";
import { currentAlembic, pythonWith } from "../support/python.ts";
import { available } from "../support/requirements.ts";
import { revision } from "./drawn-history.ts";

/** Asks Alembic's own revision map about graphs. */
const program = `
import json, sys
from alembic.script.revision import MultipleHeads, Revision, RevisionMap

def describe(graph):
    revisions = [
        Revision(each["id"], tuple(each["downRevisions"]) or None, dependencies=tuple(each["dependsOn"]) or None)
        for each in graph
    ]
    known = RevisionMap(lambda: revisions)
    try:
        known.get_current_head()
        refuses = False
    except MultipleHeads:
        refuses = True
    every = [known.get_revision(each["id"]) for each in graph]
    return {
        "heads": sorted(known.heads),
        "bases": sorted(known.bases),
        "branchPoints": sorted(each.revision for each in every if each.is_branch_point),
        "mergePoints": sorted(each.revision for each in every if each.is_merge_point),
        "refuses": refuses,
        "order": [each.revision for each in known.iterate_revisions("heads", "base")][::-1],
    }

json.dump([describe(graph) for graph in json.load(sys.stdin)], sys.stdout)
`;

describe.skipIf(!available("python"))("Alembic's own view", () => {
  test("of heads, bases, branch and merge points and of the order is ours, with dependencies too", async () => {
    const python = await pythonWith(currentAlembic);
    const sample = fc.sample(
      fc.array(fc.tuple(fc.uniqueArray(fc.nat(), { maxLength: 2 }), fc.uniqueArray(fc.nat(), { maxLength: 1 })), {
        minLength: 1,
        maxLength: 12,
      }),
      { numRuns: 300, seed: 20 },
    );
    const graphs = sample.map((links) =>
      links.map(([parents, dependencies], index): Revision => {
        const pick = (wanted: readonly number[]) =>
          index === 0 ? [] : [...new Set(wanted.map((number) => `r${number % index}`))];
        const downRevisions = pick(parents);
        return revision(
          `r${index}`,
          downRevisions,
          pick(dependencies).filter((id) => !downRevisions.includes(id)),
        );
      }),
    );
    const answer = execFileSync(python, ["-c", program], { input: JSON.stringify(graphs), maxBuffer: 1e8 });
    const theirs = JSON.parse(answer.toString()) as readonly Record<string, unknown>[];
    const ours = graphs.map((graph) => {
      const ordered = upgradeOrder(graph);
      expect(topologicalOrder(ordered).ordered).toEqual(ordered);
      const shape = describeLineage({ shape: "graph", revisions: ordered, problems: [] }, new Set());
      return {
        heads: shape.heads.toSorted(),
        bases: shape.bases.toSorted(),
        branchPoints: shape.branchPoints.toSorted(),
        mergePoints: shape.mergePoints.toSorted(),
        refuses: shape.heads.length > 1,
        order: ordered.map(({ id }) => id),
      };
    });
    expect(theirs).toEqual(ours);
    expect(theirs.filter(({ refuses }) => refuses).length).toBeGreaterThan(50);
  });
});
