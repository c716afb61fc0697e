import type { Routine } from "../schema/schema.ts";
import { doBlock, routineBlock } from "../sql/do-block.ts";
import { type Node, queries } from "../sql/syntax.ts";
import { calledRoutines } from "./called-routines.ts";
import type { Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "dynamic-sql",
  title: "What this runs cannot be read from the text",
  severity: "warning",
  effect: {
    consequence: "The SQL inside is made when it runs, so nothing here says which locks it takes and what it changes.",
  },
  remedy: "Write the statements out where that is possible; otherwise let `headgate check` replay them.",
  harmless:
    "Statements that stand as they are in a DO block or in a routine of the history that is called, and those that EXECUTE gets as a constant: they are judged like any other. In `headgate check` a block that the server was asked about is judged by what it did.",
  source: manual("plpgsql-statements#PLPGSQL-STATEMENTS-EXECUTING-DYN", "Executing Dynamic Commands"),
  detectedBy: "both",
  hazards: ["dynamic-sql-opaque"],
  statements: ["CallStmt", "DoStmt", ...queries],
  *check(step) {
    if (!isOpaque(step)) return;
    yield {
      message:
        "DoStmt" in step.node && doBlock(step.node.DoStmt, step.sql).opaque
          ? "This block puts SQL together and runs it; what that is cannot be judged from the text."
          : "What the routine that this calls does cannot be judged from the text.",
      help: "Write the statements out, or rely on `headgate check`, which sees what really runs.",
    };
  },
};

/** Whether a statement runs SQL that can be read neither in its text nor in that of the routines that it calls. */
export function isOpaque({ node, sql, inner, schema, searchPath }: Step): boolean {
  // What a block calls is said of the block.
  if (inner) return false;
  const calls = (each: Node): boolean =>
    calledRoutines(each, schema, searchPath).some((routine) => routineBlock(routine).opaque && isChanging(routine));
  if ("CallStmt" in node) return calledRoutines(node, schema, searchPath).length === 0 || calls(node);
  if ("DoStmt" in node) {
    const { opaque, statements } = doBlock(node.DoStmt, sql);
    return opaque || statements.some((statement) => calls(statement.node));
  }
  return calls(node);
}

/** What a body does that this gate judges elsewhere. An INSERT is how most functions work, and locks nothing that is there. */
const changing =
  /\b(?:execute|alter|create|drop|truncate|reindex|cluster|refresh|merge\s+into|delete\s+from|update\s+(?:only\s+)?[\w".]+\s+(?:as\s+\w+\s+)?set)\b/i;

/** Whether a body changes the schema or rows, or puts statements together. */
const isChanging = ({ body }: Routine): boolean =>
  changing.test(body.replaceAll(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'/g, " "));
