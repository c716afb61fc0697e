import { settingMs } from "../schema/settings.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

const shortMs = 60_000;

export const rule: Rule = {
  id: "timeout-kills-long-operation",
  title: "A short timeout ends what is meant to take long",
  severity: "warning",
  effect: {
    lock: "SHARE UPDATE EXCLUSIVE",
    consequence:
      "A concurrent build waits for old transactions and reads the table twice, blocking nobody. A timeout ends it half-way and leaves an invalid index; VALIDATE CONSTRAINT begins from the start.",
  },
  remedy: "Set statement_timeout and lock_timeout to 0 before these statements, and back after them.",
  harmless: "Timeouts of a minute and more.",
  source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
  detectedBy: "both",
  hazards: ["cic-with-short-timeout", "statement-timeout-kills-safe-long-op"],
  statements: ["IndexStmt", "DropStmt", "AlterTableStmt"],
  *check(step) {
    const what = longOperation(step.node);
    if (what === undefined) return;
    const set = ["statement_timeout", ...(what.endsWith("CONCURRENTLY") ? ["lock_timeout"] : [])].filter((name) => {
      const ms = settingMs(step.settings, name) ?? 0;
      // What the runner sets for all statements is its own affair; what the file sets is meant.
      return ms > 0 && ms < shortMs && step.before.initial[name] !== step.settings[name];
    });
    if (set.length === 0) return;
    yield {
      message: `${what} blocks nobody and may take long, and ${set.map((name) => `${name} is ${step.settings[name]}`).join(" and ")}: it is ended half-way${what === "VALIDATE CONSTRAINT" ? "" : ", which leaves an invalid index"}.`,
      help: "Set the timeout to 0 before it:",
      fix: set.map((name) => `SET ${name} = 0`),
    };
  },
};

function longOperation(node: Parameters<Rule["check"]>[0]["node"]): string | undefined {
  if ("IndexStmt" in node && node.IndexStmt.concurrent) return "CREATE INDEX CONCURRENTLY";
  if ("DropStmt" in node && node.DropStmt.concurrent) return "DROP INDEX CONCURRENTLY";
  if (!("AlterTableStmt" in node)) return undefined;
  const validates = (node.AlterTableStmt.cmds ?? []).some(
    (command) => "AlterTableCmd" in command && command.AlterTableCmd.subtype === "AT_ValidateConstraint",
  );
  return validates ? "VALIDATE CONSTRAINT" : undefined;
}
