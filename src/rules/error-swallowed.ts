import { doBlock } from "../sql/do-block.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "error-swallowed",
  title: "A handler that lets every error pass",
  severity: "warning",
  effect: {
    consequence:
      "Whatever fails in the block is taken back without a word, and the migration is recorded as applied: a database that lacks what it was to do looks like one that has it.",
  },
  remedy:
    "Name the errors that are to be expected, such as duplicate_object or undefined_table, and let all others fail the migration.",
  harmless: "A handler of errors that it names, or one that raises the error again.",
  source: manual("plpgsql-control-structures", "Trapping Errors"),
  detectedBy: "static",
  hazards: ["error-swallowed"],
  statements: ["DoStmt"],
  *check(step) {
    if (step.inner || !("DoStmt" in step.node) || !doBlock(step.node.DoStmt, step.sql).swallowsErrors) return;
    yield {
      message:
        "`EXCEPTION WHEN others` lets every error of this block pass: the migration counts as applied also where the block did nothing.",
      help: "Name the errors that are to be expected, for example `WHEN duplicate_object THEN`, or raise the error again.",
    };
  },
};
