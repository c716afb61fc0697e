import { describe, expect, it } from "vitest";
import type { Evidence, Finding } from "../../src/finding.ts";
import { withEstimates } from "../../src/stats/estimate.ts";
import type { Statistics } from "../../src/stats/statistics.ts";

const statistics: Statistics = {
  schemaVersion: 1,
  takenAt: "2026-11-20T08:00:00Z",
  serverVersion: "17.4",
  relations: {
    "public.passages": { rows: 12_300_000, tableBytes: 3_400_000_000, indexBytes: 600_000_000 },
    "public.berths": { rows: 90_000, tableBytes: 60_000_000, indexBytes: 0 },
    "public.tolls": { rows: 30, tableBytes: 30_000_000, indexBytes: 0 },
    "public.tolls_2025": { rows: 10, tableBytes: 10_000_000, indexBytes: 0 },
    "public.tolls_2026": { rows: 20, tableBytes: 20_000_000, indexBytes: 0 },
    'public."Lock keepers"': { tableBytes: 8192, indexBytes: 16_384 },
  },
};

const message = (evidence: Partial<Evidence>, relation?: string, ruleId = "add-pk"): string => {
  const finding: Finding = {
    ruleId,
    severity: "error",
    title: "",
    message: "It holds a lock.",
    evidence: { source: "both", locks: [], rewrites: [], scans: [], ...evidence },
    ...(relation === undefined ? {} : { relation }),
  };
  return withEstimates([finding], statistics)[0]?.message ?? "";
};

describe("withEstimates", () => {
  it("says how long a rewrite takes, and what it takes", () => {
    expect(message({ rewrites: ["public.passages"], scans: ["public.passages"] })).toBe(
      "It holds a lock. public.passages had about 12 million rows, 3.4 GB and 600 MB of indexes on 2026-11-20: writing them anew takes about 40 s to 3 min at 20 to 100 MB/s, and about 4.0 GB more of disk and of WAL.",
    );
  });

  it("says how long a table is read", () => {
    expect(message({ scans: ["public.passages"] })).toMatch(
      /reading the table once takes about 7 s to 68 s at 50 to 500 MB\/s\.$/,
    );
    expect(message({ scans: ["public.berths"] })).toMatch(/reading the table once takes up to about 1 s at/);
  });

  it("says of a partitioned table once how large it is, and not of each partition again", () => {
    const scans = ["public.tolls_2025", "public.tolls_2026"];
    const whole = /^It holds a lock\. public\.tolls had about 30 rows, [^.]*\.$/;
    expect(message({ scans }, "public.tolls")).toMatch(whole);
    expect(message({ scans: ["public.tolls", ...scans] }, "public.tolls")).toMatch(whole);
    expect(message({ scans }, "public.tolls_2025").match(/ had /g)).toHaveLength(2);
  });

  it("says how much TRUNCATE empties, and not that it is written anew", () => {
    expect(message({ rewrites: ["public.berths"] }, "public.berths", "truncate-table")).toBe(
      "It holds a lock. public.berths had about 90 thousand rows, 60 MB and 0 bytes of indexes on 2026-11-20.",
    );
  });

  it("says what changing every row takes, and how many a DELETE meets", () => {
    const of = (message: string): string => {
      const evidence = { source: "static", locks: [], rewrites: [], scans: [] } as const;
      const finding = { ruleId: "update-delete-without-where", severity: "error", title: "", message } as const;
      return withEstimates([{ ...finding, evidence, relation: "public.passages" }], statistics)[0]?.message ?? "";
    };
    expect(of("UPDATE changes every row.")).toBe(
      "UPDATE changes every row. public.passages had about 12 million rows, 3.4 GB on 2026-11-20: writing each row once more takes about 34 s to 3 min or longer at 20 to 100 MB/s, and about 3.4 GB more of disk and of WAL.",
    );
    expect(of("DELETE changes every row.")).toMatch(/ had about 12 million rows, 3\.4 GB on 2026-11-20\.$/);
  });

  it("finds a table whose name needs quotes, and leaves out what nobody counted", () => {
    expect(message({ scans: ["public.Lock keepers"] })).toMatch(
      /public\.Lock keepers had 8\.2 kB and 16 kB of indexes on 2026-11-20: reading the table once takes less than 1 s at/,
    );
  });

  it("gives the size of a table that is only locked, and says nothing of one that it does not know", () => {
    const locks = [{ relation: "public.passages", mode: "ACCESS EXCLUSIVE" }];
    expect(message({ locks }, "public.passages")).toBe(
      "It holds a lock. public.passages had about 12 million rows, 3.4 GB on 2026-11-20.",
    );
    expect(message({ scans: ["public.other"] }, "public.other")).toBe("It holds a lock.");
  });

  it("changes nothing without statistics", () => {
    const findings: readonly Finding[] = [];
    expect(withEstimates(findings, undefined)).toBe(findings);
  });
});
