import { blocksQueries } from "../postgres/blocked-by.ts";
import type { Rule } from "./rule.ts";
import { foreseen } from "./unforeseen.ts";
import { listed } from "../prose.ts";
import { fewNamed, lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "unforeseen-lock",
  title: "A lock was taken, which the statement's text does not show",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "A function, a procedure, a trigger or SQL that was put together while it ran took a lock that queries wait for, until the transaction ends.",
  },
  remedy:
    "Take the change of the schema out of the function and write it out as statements of the migration, where everybody sees it.",
  harmless:
    "Tables that the same change creates, locks that no query waits for, and partitions that the history makes while it runs, where what is said of their table holds for them. Known from `headgate check` alone: the server has to be asked.",
  source: manual("explicit-locking#LOCKING-TABLES", "Table-Level Locks"),
  detectedBy: "trace",
  hazards: ["dynamic-sql-opaque"],
  statements: [],
  *check() {},
  *observe({ tablesLocked, scans, rewrittenTables, drops, lockTimeoutMs }, step, migration) {
    const known = foreseen(step, migration);
    // What is rewritten or dropped has a rule of its own.
    const unforeseen = tablesLocked.filter(
      ({ relation, mode }) =>
        blocksQueries(mode) &&
        !step.isFresh(relation) &&
        !known.lock(relation, mode) &&
        !known.partition(relation, mode) &&
        !rewrittenTables.includes(relation) &&
        !(drops.includes(relation) && !known.drop(relation)),
    );
    for (const [mode, locks] of Map.groupBy(unforeseen, (lock) => lock.mode)) {
      const relations = [...new Set(locks.map(({ relation }) => relation))];
      const read = relations.filter((relation) => scans.includes(relation));
      yield {
        message: [
          `Running this took ${lockPhrase(mode, listed(relations, fewNamed))} until its transaction ends.`,
          ...(read.length > 0 ? [`It also read all of ${listed(read, fewNamed)} meanwhile.`] : []),
          ...(lockTimeoutMs === 0
            ? ["No lock_timeout was set, so that it would wait for the lock without limit."]
            : []),
        ].join(" "),
        help: "Write the change of the schema out as statements of the migration; `headgate lint` then says how each is done safely.",
        relation: relations[0] as string,
        observed: true,
        ...(read.length > 0 ? { severity: "error" as const } : {}),
      };
    }
  },
};
