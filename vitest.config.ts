import { defineConfig } from "vitest/config";

const results = process.env["HEADGATE_TEST_RESULTS"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Every test file may start a real PostgreSQL; more workers than cores only makes servers slower to start.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
  },
});
