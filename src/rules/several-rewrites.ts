import type { Rule } from "./rule.ts";
import { lockOn, manual } from "./words.ts";

export const rule: Rule = {
  id: "several-rewrites",
  title: "One table is written again or read whole several times",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    scan: true,
    consequence: "Each statement takes as long as the table is large, and the lock is held for all of them together.",
  },
  remedy: "Put the changes into one ALTER TABLE: PostgreSQL does them in one pass.",
  harmless: "Statements in transactions of their own.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["multiple-alter-same-table"],
  *check(step, { steps }) {
    if (!step.transaction || !("AlterTableStmt" in step.node) || step.effects.unsure) return;
    const work = [...step.effects.rewrites, ...step.effects.scans].filter((name) => !step.isFresh(name));
    const earlier = steps
      .slice(0, step.index)
      .find(
        ({ node, transaction, effects }) =>
          "AlterTableStmt" in node &&
          transaction?.id === step.transaction?.id &&
          work.some((name) => effects.rewrites.has(name) || effects.scans.has(name)),
      );
    const name = work.find((each) => earlier?.effects.rewrites.has(each) || earlier?.effects.scans.has(each));
    if (name === undefined) return;
    yield {
      message: `${name} was written or read whole by an ALTER TABLE of the same transaction already, and is once more, holding ${lockOn(step, name)} for both.`,
      help: "Put both changes into one ALTER TABLE, separated by a comma.",
      relation: name,
    };
  },
};
