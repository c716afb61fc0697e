import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { sarifReport } from "../../src/report/sarif.ts";

const finding: Finding = {
  ruleId: "create-index-blocking",
  severity: "error",
  title: "Building an index blocks writes",
  message: "CREATE INDEX holds a SHARE lock.",
  help: "Build it with CONCURRENTLY.",
  file: "db/täglich/2 boats.sql",
  line: 7,
  statement: "CREATE INDEX boats_name\n  ON boats (name)",
};
const rule = { id: "create-index-blocking", title: "t", severity: "error" as const, description: "d", remedy: "r" };
const run = { version: "0.1.0", rules: [rule], complete: true, notes: [] };
const resultsOf = (findings: readonly Finding[]) => JSON.parse(sarifReport(findings, run)).runs[0].results;

describe("SARIF", () => {
  it("places a finding, with a path that is a URI", () => {
    const [result] = resultsOf([finding]);
    expect(result).toMatchObject({ ruleId: "create-index-blocking", ruleIndex: 0, level: "error" });
    expect(result.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: "db/t%C3%A4glich/2%20boats.sql", uriBaseId: "SRCROOT" },
      region: { startLine: 7, endLine: 8 },
    });
  });

  it("keeps the fingerprint when the statement moves, and tells two equal statements apart", () => {
    const prints = (findings: readonly Finding[]) =>
      resultsOf(findings).map(
        (result: { partialFingerprints: Record<string, string> }) => result.partialFingerprints["headgate/v1"],
      );
    const [one] = prints([finding]);
    expect(prints([{ ...finding, line: 90, statement: "CREATE INDEX boats_name ON boats (name)" }])).toEqual([one]);
    const two = prints([finding, { ...finding, line: 20 }]);
    expect(two[0]).toBe(one);
    expect(two[1]).not.toBe(one);
    expect(prints([{ ...finding, file: "other.sql" }])).not.toEqual([one]);
  });

  it("describes rules that only a finding names, and notes what was not looked at", () => {
    const log = JSON.parse(
      sarifReport([{ ...finding, ruleId: "unparsed-statement" }], {
        ...run,
        complete: false,
        notes: ["1 not readable."],
      }),
    );
    const [first] = log.runs;
    expect(first.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      "create-index-blocking",
      "unparsed-statement",
    ]);
    expect(first.results[0].ruleIndex).toBe(1);
    expect(first.invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: "warning", message: { text: "1 not readable." } }],
    });
  });
});
