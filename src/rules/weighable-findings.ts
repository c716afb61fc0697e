/** Findings of the replay that weigh what the way a project is deployed makes them weigh, and not only whether its migrations work. */
export const weighableFindings = [
  "downgrade-loses-rows",
  "error-caught",
  "offline-sql-differs",
  "plan-not-deterministic",
  "process-not-varied",
  "step-warning",
  "upgrade-at-once-differs",
  "upgrade-at-once-fails",
  "upgrade-does-nothing",
] as const;
