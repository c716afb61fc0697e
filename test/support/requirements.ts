import { execFileSync } from "node:child_process";
import { findPgDump } from "./pg-dump.ts";

/** What some tests need and a machine may lack. */
export type Requirement = "docker" | "python" | "pg_dump" | "pgbouncer";

const probes: Record<Requirement, () => void> = {
  docker: () => execFileSync("docker", ["info"], { stdio: "ignore", timeout: 20_000 }),
  python: () =>
    execFileSync("python3", ["-c", "import sys, venv; assert sys.version_info >= (3, 10)"], { stdio: "ignore" }),
  pg_dump: () => findPgDump(),
  pgbouncer: () => execFileSync("pgbouncer", ["--version"], { stdio: "ignore" }),
};

const answers = new Map<Requirement, boolean>();

/**
 * Whether this machine has what the tests of a `describe.skipIf(!available(…))` need; says so when it has not.
 * Where `HEADGATE_TESTS_REQUIRE` lists the requirement, lacking it is an error: nothing may be skipped there.
 */
export function available(requirement: Requirement): boolean {
  let answer = answers.get(requirement);
  if (answer === undefined) {
    try {
      probes[requirement]();
      answer = true;
    } catch (cause) {
      if ((process.env["HEADGATE_TESTS_REQUIRE"] ?? "").split(",").includes(requirement))
        throw new Error(`These tests must run here, but ${requirement} is not usable.`, { cause });
      console.warn(`Skipping tests that need ${requirement}: it is not usable on this machine.`);
      answer = false;
    }
    answers.set(requirement, answer);
  }
  return answer;
}
