import { describe, expect, test } from "vitest";
import { renamesTo } from "../../src/lineage/rename.ts";
import { compareVersions, nextVersion, versionOf } from "../../src/lineage/version-name.ts";

describe("the version in a path", () => {
  test.each([
    ["m/000012_orders.up.sql", "000012"],
    ["m/20240131120000_orders.sql", "20240131120000"],
    ["m/2024-01-31-120000_orders/up.sql", "2024-01-31-120000"],
    ["m/20240131120000_orders/migration.sql", "20240131120000"],
    ["m/1700000000000_orders/down.sql", "1700000000000"],
    ["m/Migration20240131120000_orders.ts", "20240131120000"],
    ["m/V1.2__orders.sql", "1.2"],
    ["m/V2024_01__2fa.sql", "2024_01"],
    ["m/0001_2fa.sql", "0001"],
    ["m/orders.sql", undefined],
    ["orders.sql", undefined],
  ])("%s → %s", (file, version) => {
    expect(versionOf(file)).toBe(version);
  });
});

describe("the next version", () => {
  test.each([
    ["7", "8"],
    ["000009", "000010"],
    ["999", "1000"],
    ["1700000000000", "1700000000001"],
    ["20240131235959", "20240201000000"],
    ["20240229120000", "20240229120001"],
    ["2024-12-31-235959", "2025-01-01-000000"],
    // 14 digits that are no time.
    ["20249931235959", "20249931235960"],
    ["00000000000001", "00000000000002"],
    ["1.9", "1.10"],
    ["2024_01", "2024_02"],
  ])("%s → %s", (version, next) => {
    expect(nextVersion(version)).toBe(next);
    expect(compareVersions(version, next)).toBe(-1);
    expect(compareVersions(next, version)).toBe(1);
    expect(compareVersions(next, next)).toBe(0);
  });

  test("order is by number, part by part, dashes left out", () => {
    const sorted = ["1.2", "1.10", "2"].toSorted((a, b) => compareVersions(a, b));
    expect(sorted).toEqual(["1.2", "1.10", "2"]);
    expect(compareVersions("2020-01-01-000000", "20210101000000")).toBe(-1);
    expect(compareVersions("9", "10")).toBe(-1);
  });
});

describe("renames", () => {
  test.each([
    [
      { file: "m/03_a.up.sql", downFile: "m/03_a.down.sql" },
      "m/07_z.up.sql",
      ["m/03_a.up.sql → m/08_a.up.sql", "m/03_a.down.sql → m/08_a.down.sql"],
    ],
    // A folder that carries the version is renamed once.
    [
      { file: "m/2024-01-01-000000_a/up.sql", downFile: "m/2024-01-01-000000_a/down.sql" },
      "m/2024-01-31-235959_z/up.sql",
      ["m/2024-01-01-000000_a → m/2024-02-01-000000_a"],
    ],
    [
      { file: "m/Migration20240101000000.ts" },
      "m/Migration20240301000000_z.ts",
      ["m/Migration20240101000000.ts → m/Migration20240301000001.ts"],
    ],
    [{ file: "m/V1.2__a.sql" }, "m/V1.9__z.sql", ["m/V1.2__a.sql → m/V1.10__a.sql"]],
    [{ file: "a.sql" }, "m/1_z.sql", []],
  ])("%j after %s", (revision, after, expected) => {
    expect(renamesTo(revision, nextVersion(versionOf(after) ?? "")).map(({ from, to }) => `${from} → ${to}`)).toEqual(
      expected,
    );
  });
});
