import { afterEach, expect, it, vi } from "vitest";
import { cacheDirectory } from "../../src/engines/cache-directory.ts";

afterEach(() => vi.unstubAllEnvs());

it("is the directory that HEADGATE_CACHE names, and the usual one where that is empty", () => {
  vi.stubEnv("HEADGATE_CACHE", "");
  const usual = cacheDirectory();
  vi.stubEnv("HEADGATE_CACHE", "/srv/kept");
  expect(cacheDirectory()).toBe("/srv/kept");
  expect(usual).toMatch(/[/]headgate$/);
});
