import type { Node } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "publication-change",
  title: "What is replicated changes",
  severity: "warning",
  effect: {
    consequence:
      "Changes of the schema are not replicated: a subscriber that misses a table or a column stops applying, and the publisher keeps its WAL until it goes on.",
  },
  remedy:
    "Change the subscriber first where something is added, and last where something goes; watch the replication slots while it runs.",

  source: manual("logical-replication-restrictions", "Logical Replication, Restrictions"),
  detectedBy: "static",
  hazards: ["publication-subscription-change"],
  statements: [
    "CreatePublicationStmt",
    "AlterPublicationStmt",
    "CreateSubscriptionStmt",
    "AlterSubscriptionStmt",
    "DropSubscriptionStmt",
    "DropStmt",
  ],
  *check(step) {
    const what = changed(step.node);
    if (what === undefined) return;
    yield {
      message: `${what} takes effect at once, while subscribers have the schema that they had: one that lacks a table or a column stops applying, and the WAL waits for it here.`,
      help: "Bring the subscribers' schema to where it has to be before this runs, and refresh their subscriptions after it.",
    };
  },
};

function changed(node: Node): string | undefined {
  if ("CreatePublicationStmt" in node) return `The publication ${node.CreatePublicationStmt.pubname}`;
  if ("AlterPublicationStmt" in node) return `The change of the publication ${node.AlterPublicationStmt.pubname}`;
  if ("CreateSubscriptionStmt" in node) return `The subscription ${node.CreateSubscriptionStmt.subname}`;
  if ("AlterSubscriptionStmt" in node) return `The change of the subscription ${node.AlterSubscriptionStmt.subname}`;
  if ("DropSubscriptionStmt" in node) return `The end of the subscription ${node.DropSubscriptionStmt.subname}`;
  return "DropStmt" in node && node.DropStmt.removeType === "OBJECT_PUBLICATION"
    ? "The end of a publication"
    : undefined;
}
