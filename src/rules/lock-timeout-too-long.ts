import { settingChanges, settingMs, settingStatements } from "../schema/settings.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

const longestMs = 10_000;

export const rule: Rule = {
  id: "lock-timeout-too-long",
  title: "For as long as lock_timeout allows, the application waits too",
  severity: "info",
  effect: { consequence: "Every query of the table queues behind the statement for that time before it gives up." },
  remedy: "Set one to five seconds, and try again more often instead.",
  harmless: "Up to 10 seconds.",
  source: manual("runtime-config-client#GUC-LOCK-TIMEOUT", "lock_timeout"),
  detectedBy: "static",
  hazards: ["lock-timeout-too-long"],
  statements: settingStatements,
  *check(step) {
    for (const change of settingChanges(step.node)) {
      if (change.kind !== "set" || change.name !== "lock_timeout") continue;
      const ms = settingMs({ lock_timeout: change.value }, "lock_timeout") ?? 0;
      if (ms <= longestMs) continue;
      yield {
        message: `With a lock_timeout of ${change.value}, queries of a locked table may wait that long behind a statement that only waits itself.`,
        help: "Set one to five seconds, and let the runner try again: `SET lock_timeout = '2s'`.",
      };
    }
  },
};
