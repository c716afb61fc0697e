import { changesRows } from "./changes-rows.ts";
import type { Rule, Step } from "./rule.ts";
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
  harmless:
    "Statements in transactions of their own, and keys and indexes, each of which takes a pass of its own anyway.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "both",
  hazards: ["multiple-alter-same-table"],
  statements: ["AlterTableStmt"],
  *check(step, { steps }) {
    if (!step.transaction || !isOnePass(step) || step.effects.unsure) return;
    const work = [...step.effects.rewrites, ...step.effects.scans].filter((name) => !step.isFresh(name));
    if (work.length === 0) return;
    const earlier = steps
      .slice(0, step.index)
      .find(
        (other) =>
          isOnePass(other) &&
          other.transaction?.id === step.transaction?.id &&
          work.some((name) => other.effects.rewrites.has(name) || other.effects.scans.has(name)),
      );
    const name = work.find((each) => earlier?.effects.rewrites.has(each) || earlier?.effects.scans.has(each));
    if (name === undefined || !earlier) return;
    // Rows that have to be filled in between keep the two apart.
    if (steps.slice(earlier.index + 1, step.index).some((between) => changesRows(between, name))) return;
    yield {
      message: `${name} was written or read whole by an ALTER TABLE of the same transaction already, and is once more, holding ${lockOn(step, name)} for both.`,
      help: "Put both changes into one ALTER TABLE, separated by a comma.",
      relation: name,
    };
  },
};

/** Whether what a statement does to rows is done in the one pass of its ALTER TABLE: keys and indexes take one of their own. */
function isOnePass({ node }: Step): boolean {
  const commands = "AlterTableStmt" in node ? (node.AlterTableStmt.cmds ?? []) : [];
  return commands.some((each) => {
    if (!("AlterTableCmd" in each)) return false;
    const { subtype = "AT_AddColumn", def } = each.AlterTableCmd;
    if (subtype === "AT_AddConstraint")
      return def !== undefined && "Constraint" in def && def.Constraint.contype === "CONSTR_CHECK";
    return subtype === "AT_AddColumn" || subtype === "AT_AlterColumnType" || subtype === "AT_SetNotNull";
  });
}
