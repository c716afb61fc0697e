import { optionValue } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "sequence-restart",
  title: "A sequence that is turned back gives numbers twice",
  severity: "warning",
  effect: {
    consequence:
      "INSERTs fail on the key, or two rows share a number where nothing forbids it. The sequence is locked until the transaction ends, and INSERTs that need a number wait.",
  },
  remedy: "Leave sequences alone, or only turn them forward: setval(sequence, (SELECT max(id) FROM table)).",
  harmless: "A sequence that the same migration creates.",
  source: manual("sql-altersequence", "ALTER SEQUENCE"),
  detectedBy: "static",
  hazards: ["sequence-type-or-restart"],
  statements: ["AlterSeqStmt"],
  *check(step, { direction }) {
    if (!("AlterSeqStmt" in step.node) || direction === "down") return;
    const { sequence, options } = step.node.AlterSeqStmt;
    if (!sequence) return;
    const what = ["restart", "as", "increment", "minvalue", "maxvalue", "cycle"].find(
      (name) => optionValue(options, name) !== undefined,
    );
    const { name, fresh } = step.target(sequence);
    if (what === undefined || fresh) return;
    yield {
      message: `${what.toUpperCase()} changes which numbers ${name} gives next, and INSERTs that need one wait until the transaction ends.`,
      help: "Leave the sequence alone, or turn it forward with setval() in a migration of its own.",
      relation: name,
    };
  },
};
