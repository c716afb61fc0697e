import { outsideTransaction } from "../schema/outside-transaction.ts";
import type { Judgement, Rule, Step } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "half-applied-on-failure",
  title: "A failure leaves half of the migration done",
  severity: "info",
  effect: {
    consequence:
      "Statements outside a transaction stay when a later one fails: the migration cannot be run again as it is, and was not applied either.",
  },
  remedy: "Put each statement that cannot run in a transaction into a migration of its own.",
  harmless:
    "A migration of one statement, settings, and a first statement with IF EXISTS or IF NOT EXISTS, which can be repeated.",
  source: manual("sql-begin", "BEGIN"),
  detectedBy: "static",
  hazards: ["non-transactional-partial-failure"],
  *check(step, { steps }) {
    yield* endedHalfWay(step, steps);
    // Said once, of the second statement: the first one alone leaves nothing behind.
    if (step.transaction || step.inner || isSetting(step)) return;
    const earlier = steps.findIndex((one) => !isSetting(one));
    const first = steps[earlier];
    const second = steps.findIndex((one, index) => index > earlier && !isSetting(one) && !one.inner);
    if (!first || second !== step.index || first.transaction || isRepeatable(first)) return;
    if (!steps.some(({ node }) => outsideTransaction(node))) return;
    yield {
      message:
        "The statement before it stays done when this one fails, and the migration can then be neither repeated nor taken back.",
      help: "Move it to a migration of its own.",
    };
  },
};

/** A `COMMIT` that ends what PostgreSQL makes a transaction because it arrives in one message. */
function* endedHalfWay(step: Step, steps: readonly Step[]): Generator<Judgement> {
  if (!("TransactionStmt" in step.node) || step.node.TransactionStmt.kind !== "TRANS_STMT_COMMIT") return;
  if (step.transaction?.kind !== "implicit" || step.inner) return;
  const work = (some: readonly Step[]): boolean => some.some((one) => !isSetting(one));
  if (!work(steps.slice(0, step.index)) || !work(steps.slice(step.index + 1))) return;
  yield {
    message:
      "No BEGIN belongs to this COMMIT: it ends the transaction that PostgreSQL makes of the statements of one message, and those before it stay done when a later one fails.",
    help: "Remove it, or move what follows to a migration of its own.",
  };
}

const isSetting = ({ node }: Step): boolean => "VariableSetStmt" in node || "TransactionStmt" in node;

const isRepeatable = ({ sql }: Step): boolean => /\bif\s+(?:not\s+)?exists\b/i.test(sql);
