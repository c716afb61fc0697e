import type { Verdict } from "../verdict.ts";

/** Which checks of which project could not be done, and why. */
export const uncheckedIn = ({ projects }: Verdict): readonly string[] =>
  projects.flatMap(({ name, checks }) =>
    checks.flatMap((check) => (check.status === "errored" ? [`${name}: ${check.id}: ${check.reason}`] : [])),
  );
