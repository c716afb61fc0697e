import { tableNamed } from "../schema/schema.ts";
import { relationNameOf } from "../schema/names.ts";
import { constantText, nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "policy-change",
  title: "Who sees which rows changes",
  severity: "info",
  effect: {
    consequence:
      "A permissive policy adds to what the others allow; one that is dropped or changed takes rows away from queries that work today.",
  },
  remedy:
    "Read the policies of the table together; try the queries of each role against the new set before it reaches production.",
  harmless: "The first policy of a table, and those of a table that the same migration creates.",
  source: manual("ddl-rowsecurity", "Row Security Policies"),
  detectedBy: "static",
  hazards: ["policy-change"],
  statements: ["CreatePolicyStmt", "AlterPolicyStmt", "DropStmt"],
  *check(step) {
    const { node } = step;
    if ("CreatePolicyStmt" in node && node.CreatePolicyStmt.table) {
      const { table, policy_name: policy = "", permissive, qual, cmd_name: command = "all" } = node.CreatePolicyStmt;
      const { name, fresh } = step.target(table);
      const others = (tableNamed(step.schema, name)?.policies ?? [])
        .filter((other) => command === "all" || other.command === "all" || other.command === command)
        .map((other) => other.name);
      if (fresh || others.length === 0 || !permissive) return;
      const everything = qual && constantText(qual) === "true";
      yield {
        message: `${policy} is permissive: it allows ${everything ? "every row" : "more rows"} of ${name} beside what ${others.join(", ")} ${others.length > 1 ? "allow" : "allows"} already.`,
        help: "Make it RESTRICTIVE if it is to limit the others; else read them together.",
        relation: name,
      };
    }
    if ("AlterPolicyStmt" in node && node.AlterPolicyStmt.table) {
      const { name, fresh } = step.target(node.AlterPolicyStmt.table);
      if (!fresh)
        yield {
          message: `${node.AlterPolicyStmt.policy_name} lets other rows of ${name} through from this moment, for queries that run today.`,
          help: "Try the queries of each role that it names against the new condition.",
          relation: name,
        };
    }
    if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_POLICY")
      for (const parts of nameLists(node.DropStmt.objects)) {
        const name = relationNameOf(step.schema, step.searchPath, parts.slice(0, -1));
        if (!step.isFresh(name))
          yield {
            message: `Without ${parts.at(-1)} the rows of ${name} that only it let through are gone for their readers.`,
            help: "Make its successor in the same transaction, before it is dropped.",
            relation: name,
          };
      }
  },
};
