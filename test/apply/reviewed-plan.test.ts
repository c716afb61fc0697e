import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readPlans, reviewOf } from "../../src/apply/reviewed-plan.ts";
import type { FileDigest, Plan } from "../../src/plan/seal-plan.ts";

const plan = (...imports: readonly FileDigest[]): Plan => ({
  schemaVersion: 2,
  project: "canal",
  tool: "alembic",
  serverMajor: 18,
  start: "0",
  end: "1",
  revisions: [{ id: "a1", files: [], statements: [], catalog: "1", ...(imports.length === 0 ? {} : { imports }) }],
});
const yard = (sha256: string): FileDigest => ({ path: "yard/tables.py", sha256 });

it("refuses a file that a revision imports and that is not what was reviewed", async () => {
  const review = reviewOf([plan(yard("a"))]);
  expect(await review(plan(yard("b")))).toEqual(["`a1`: yard/tables.py, which it imports, is not what was reviewed."]);
  expect(await review(plan(yard("a")))).toEqual([]);
});

it("goes by the statements where one side loads an installed package and the other the repository", async () => {
  expect(await reviewOf([plan()])(plan(yard("b")))).toEqual([]);
  expect(await reviewOf([plan(yard("a"))])(plan())).toEqual([]);
});

it("refuses what is no plan of this version, with what to do", () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "headgate-plan-"));
  const refusal = (document: object) => {
    const file = join(directory.path, "plan.json");
    writeFileSync(file, JSON.stringify(document));
    return () => readPlans(file);
  };
  const earlier = { schemaVersion: 1, plans: [{ digest: "sha256:00", plan: { schemaVersion: 1 } }] };
  expect(refusal(earlier)).toThrow(
    /^The plan .* was recorded by an earlier version of Headgate, .*\. Record it again with `headgate plan --output .*`, and run the check again\.$/,
  );
  const failure = { schemaVersion: 1, headgate: "0.1.0", verdict: "failed", message: "", projects: [] };
  expect(refusal(failure)).toThrow(/ is no plan of this Headgate\. Record it with `headgate plan --output .*`\.$/);
});
