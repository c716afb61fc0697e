import { blocksQueries, strongerMode } from "../postgres/blocked-by.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { settingMs } from "../schema/settings.ts";
import type { Rule, Step } from "./rule.ts";
import { lockPhrase, longestShown, manual } from "./words.ts";

export const rule: Rule = {
  id: "missing-lock-timeout",
  title: "Without lock_timeout one open transaction stops every query",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "A statement that waits for its lock keeps everything that comes after it waiting too: one idle transaction on the table, and its reads and writes stop, however short the statement is.",
  },
  remedy:
    "Set lock_timeout to a few seconds before the first such statement, and let the runner try again. Where the runner or the role sets it, tell Headgate: `--set lock_timeout=2s`.",
  harmless:
    "Locks that no query waits for, LOCK TABLE … NOWAIT, and tables that the same migration creates. Said once for a transaction, and not of a statement whose lock an error is about, or for which there is CONCURRENTLY: what takes its place is judged anew.",
  source: manual("runtime-config-client#GUC-LOCK-TIMEOUT", "lock_timeout"),
  detectedBy: "both",
  hazards: [
    "missing-lock-timeout",
    "add-fk-locks-parent",
    "multiple-fks-one-statement",
    "set-storage-compression",
    "drop-constraint",
    "create-trigger",
    "drop-trigger",
    "inherit-of-type",
    "alter-constraint-deferrable-or-enforced",
    "alter-partitioned-recurses",
    "create-or-replace-view",
  ],
  givesWay: true,
  *check(step) {
    if (step.effects.locks.size === 0) return;
    if ((settingMs(step.settings, "lock_timeout") ?? 0) > 0) return;
    if ("LockStmt" in step.node && step.node.LockStmt.nowait) return;
    // Nobody writes to a materialized view but who refreshes it.
    if ("RefreshMatViewStmt" in step.node && step.node.RefreshMatViewStmt.concurrent) return;
    const blocking = [...step.effects.locks].filter(
      ([name, mode]) => blocksQueries(mode) && !step.isFresh(name) && !isHeld(step, name, mode),
    );
    const [first] = blocking;
    if (!first) return;
    const others = blocking.slice(1).map(([name]) => name);
    yield {
      message: `This waits without limit for ${lockPhrase(first[1], first[0])} also while it only waits${others.length > 0 ? `; so it does on ${others.join(", ")}` : ""}.`,
      help: "Set lock_timeout before it, and try again when it strikes:",
      fix: [
        step.transaction ? "SET LOCAL lock_timeout = '2s'" : "SET lock_timeout = '2s'",
        ...(step.sql.split("\n").length > longestShown ? [] : [step.sql]),
      ],
      relation: first[0],
    };
  },
};

/** Whether the transaction has the lock already, and so waits for nothing. */
function isHeld({ transaction }: Step, relation: string, mode: LockMode): boolean {
  const held = transaction?.held.get(relation)?.mode;
  return held !== undefined && strongerMode(held, mode) === held;
}
