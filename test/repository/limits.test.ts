import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { readConfiguration } from "../../src/repository/read-configuration.ts";
import { readLimit, resolveLimits } from "../../src/repository/limits.ts";
import { filesOf } from "../support/files.ts";

describe("limits", () => {
  it.each([
    ["lock-timeout", "500ms", 500],
    ["blocking-timeout", "2m", 120_000],
    ["blocking-timeout", "none", 0],
    ["statement-timeout", " none ", 0],
    ["attempts", "20", 20],
  ] as const)("%s: %s is %i", (name, text, value) => expect(readLimit(name, text)).toBe(value));

  it.each([
    ["lock-timeout", "none"],
    ["lock-timeout", "0s"],
    ["lock-timeout", "1h"],
    ["lock-timeout", "2"],
    ["blocking-timeout", "-1s"],
    ["statement-timeout", "off"],
    ["attempts", "0"],
    ["attempts", "1s"],
    ["retry-pause", "1ms"],
  ] as const)("refuses %s: %s", (name, text) => expect(() => readLimit(name, text)).toThrow(RangeError));

  it("hold in this order, and do not make each other pointless", () => {
    expect(resolveLimits({ "lock-timeout": 500, attempts: 3 }, { attempts: 4 }, undefined)).toEqual({
      "lock-timeout": 500,
      "blocking-timeout": 60_000,
      "statement-timeout": 0,
      attempts: 4,
      "retry-pause": 10_000,
    });
    expect(() => resolveLimits({ "lock-timeout": 5_000, "blocking-timeout": 5_000 })).toThrow(UsageError);
    expect(() => resolveLimits({ "statement-timeout": 1_000 })).toThrow(/make it longer/);
  });

  it("are said in headgate.yml, for a project and for one of its targets", () => {
    const read = (limits: string) =>
      readConfiguration(filesOf({ "headgate.yml": `projects: [{ directory: ., limits: ${limits} }]\n` }));
    expect(read("{ lock-timeout: 500ms, attempts: 3 }").projects?.[0]?.limits).toEqual({
      "lock-timeout": 500,
      attempts: 3,
    });
    expect(() => read("{ lock-timeout: 5 }")).toThrow(
      "headgate.yml:1: `projects.0.limits.lock-timeout`: must be a time such as 500ms, 2s or 1m.",
    );
    expect(() => read("{ lock_timeout: 5s }")).toThrow(/lock_timeout/);
  });
});
