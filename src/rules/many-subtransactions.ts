import { doBlock } from "../sql/do-block.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "many-subtransactions",
  title: "A subtransaction for every row",
  severity: "warning",
  effect: {
    consequence:
      "Each pass of a block with EXCEPTION is a subtransaction; with more than 64 in one transaction every session that looks at its rows gets slower, on replicas most of all.",
  },
  remedy:
    "Move the loop outside: commit each batch, or write what can fail as one statement that leaves those rows out.",
  harmless: "A handler around the whole block.",
  source: manual("subxacts", "Subtransactions"),
  detectedBy: "static",
  hazards: ["savepoint-exception-xids"],
  statements: ["DoStmt"],
  *check(step) {
    if (step.inner || !("DoStmt" in step.node) || !doBlock(step.node.DoStmt, step.sql).handlesInLoop) return;
    yield {
      message: "The EXCEPTION block in the loop makes a subtransaction for each pass, all of them in one transaction.",
      help: "Take the handler out of the loop, or commit between the passes.",
    };
  },
};
