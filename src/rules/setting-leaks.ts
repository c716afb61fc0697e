import { settingChanges, settingStatements } from "../schema/settings.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

const harmful = new Set(["search_path", "role", "session_authorization", "row_security", "session_replication_role"]);

export const rule: Rule = {
  id: "setting-leaks",
  title: "A setting outlives the migration that made it",
  severity: "warning",
  effect: {
    consequence:
      "Where the tool runs several migrations in one session, the next ones run in another schema, as another role or without triggers.",
  },
  remedy: "Use SET LOCAL inside the transaction, or RESET at the end of the file.",
  harmless: "A migration that resets it, and timeouts.",
  source: manual("sql-set", "SET"),
  detectedBy: "static",
  hazards: ["session-guc-leak"],
  statements: settingStatements,
  *check(step, { steps }) {
    for (const change of settingChanges(step.node)) {
      if (change.kind !== "set" || change.local || !harmful.has(change.name)) continue;
      const end = steps.at(-1)?.after;
      if (end?.session[change.name] !== change.value || end.initial[change.name] === change.value) continue;
      yield {
        message: `${change.name} is still ${change.value === "" ? "empty" : change.value} when the migration ends, and what the tool runs next in this session finds it so.`,
        help: step.transaction ? `Use SET LOCAL ${change.name} instead.` : `Add RESET ${change.name} at the end.`,
      };
    }
  },
};
