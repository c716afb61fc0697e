import { optionValue } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "dynamic-sql",
  title: "What this runs cannot be read from the text",
  severity: "info",
  effect: {
    consequence: "The SQL inside is made when it runs, so nothing here says which locks it takes and what it changes.",
  },
  remedy: "Write the statements out where that is possible; otherwise let `headgate check` replay them.",
  harmless: "DO blocks that neither change the schema nor put statements together.",
  source: manual("plpgsql-statements#PLPGSQL-STATEMENTS-EXECUTING-DYN", "Executing Dynamic Commands"),
  detectedBy: "static",
  hazards: ["dynamic-sql-opaque"],
  *check(step) {
    if (!("DoStmt" in step.node)) return;
    const body = optionValue(step.node.DoStmt.args, "as") ?? "";
    const words = body.replaceAll(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'/g, " ");
    const dynamic = /\bexecute\b/i.test(words);
    if (!dynamic && !/\b(?:alter|create|drop|truncate|reindex|cluster|lock|refresh)\b/i.test(words)) return;
    yield {
      message: dynamic
        ? "This block puts SQL together and runs it; what that is cannot be judged from the text."
        : "This block changes the schema; statements inside DO are not judged from the text.",
      help: "Write the statements out, or rely on `headgate check`, which sees what really runs.",
    };
  },
};
