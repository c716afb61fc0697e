import { blocksQueries } from "../postgres/blocked-by.ts";
import { settingChanges, settingMs, settingStatements } from "../schema/settings.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "ineffective-lock-timeout",
  title: "This lock_timeout is not in effect when it is needed",
  severity: "warning",
  effect: { consequence: "The file looks protected and is not: the statement waits for its lock without limit." },
  remedy:
    "Use SET LOCAL inside the transaction, or SET before the statement in the same session, with a value above 0.",
  source: manual("sql-set", "SET"),
  detectedBy: "both",
  hazards: ["ineffective-lock-timeout"],
  statements: ["AlterRoleSetStmt", "AlterDatabaseSetStmt", ...settingStatements],
  *check(step, { steps }) {
    if ("AlterRoleSetStmt" in step.node || "AlterDatabaseSetStmt" in step.node) {
      const set =
        "AlterRoleSetStmt" in step.node ? step.node.AlterRoleSetStmt.setstmt : step.node.AlterDatabaseSetStmt.setstmt;
      if (set?.name === "lock_timeout")
        yield {
          message: "This sets lock_timeout for sessions that begin later, and not for this one.",
          help: "Set it in this session as well: `SET lock_timeout = '2s'`.",
        };
      return;
    }
    for (const change of settingChanges(step.node)) {
      if (change.kind === "reset all" || change.name !== "lock_timeout") continue;
      const later = steps
        .slice(step.index + 1)
        .some(({ effects, isFresh }) =>
          [...effects.locks].some(([name, mode]) => blocksQueries(mode) && !isFresh(name)),
        );
      if (change.local && !step.transaction)
        yield {
          message: "SET LOCAL outside a transaction does nothing but warn, so lock_timeout is not set.",
          help: "Use SET without LOCAL, or begin a transaction before it.",
        };
      else if (change.kind === "set" && settingMs({ lock_timeout: change.value }, "lock_timeout") === undefined)
        yield {
          message: `PostgreSQL refuses ${change.value === "" ? "an empty text" : change.value} as a lock_timeout.`,
          help: "Set a time, for example `SET lock_timeout = '2s'`.",
          severity: "error",
          sqlState: "22023",
        };
      else if (later && change.kind === "set" && settingMs({ lock_timeout: change.value }, "lock_timeout") === 0)
        yield {
          message: `A lock_timeout of ${change.value} is none: what follows waits for its locks without limit.`,
          help: "Set a few seconds: `SET lock_timeout = '2s'`.",
        };
      else if (later && change.kind === "reset")
        yield {
          message: "RESET takes lock_timeout back before the statements that need it.",
          help: "Move RESET to the end of the migration.",
        };
    }
  },
};
