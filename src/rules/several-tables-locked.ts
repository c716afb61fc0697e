import { blocksQueries } from "../postgres/blocked-by.ts";
import type { Rule } from "./rule.ts";
import { beginning, lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "several-tables-locked",
  title: "One transaction locks several tables",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The first table stays locked while the second lock is waited for, and an application that uses them in the other order deadlocks with the migration.",
  },
  remedy:
    "Change one table in a transaction. Where two belong together, a foreign key for example, keep everything else out of it.",
  harmless:
    "Tables that the same migration creates, partitions together with their parent, and the two tables of one foreign key.",
  source: manual("explicit-locking#LOCKING-DEADLOCKS", "Deadlocks"),
  detectedBy: "both",
  hazards: ["multi-table-ael-deadlock"],
  *check(step) {
    if (!step.transaction || step.effects.locks.size === 0) return;
    const { blocking, held } = step.transaction;
    const [first, second] = blocking;
    // Said where the second table joins; the third adds nothing new.
    if (!first || second) return;
    const next = [...step.effects.locks].find(
      ([name, mode]) => blocksQueries(mode) && !step.isFresh(name) && !held.has(name),
    );
    if (!next) return;
    yield {
      message: `${first.relation} is locked since ${beginning(first.sql)} in the same transaction, and stays so while this waits for ${lockPhrase(next[1], next[0])} and until the transaction ends.`,
      help: "Move this statement to a migration of its own.",
      relation: next[0],
    };
  },
};
