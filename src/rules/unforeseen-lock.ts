import { blocksQueries } from "../postgres/blocked-by.ts";
import type { Rule } from "./rule.ts";
import { foreseen } from "./unforeseen.ts";
import { lockPhrase, manual } from "./words.ts";

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
    "Tables that the same change creates, and locks that no query waits for. Known from `headgate check` alone: the server has to be asked.",
  source: manual("explicit-locking#LOCKING-TABLES", "Table-Level Locks"),
  detectedBy: "trace",
  hazards: ["dynamic-sql-opaque"],
  statements: [],
  *check() {},
  *observe({ tablesLocked, scans, rewrittenTables, lockTimeoutMs }, step, migration) {
    const known = foreseen(step, migration);
    const told = new Set<string>();
    for (const { relation, mode } of tablesLocked) {
      if (!blocksQueries(mode) || step.isFresh(relation) || told.has(relation)) continue;
      // What is rewritten has a rule of its own.
      if (known.lock(relation, mode) || rewrittenTables.includes(relation)) continue;
      told.add(relation);
      yield {
        message: [
          `Running this took ${lockPhrase(mode, relation)} until its transaction ends.`,
          ...(scans.includes(relation) ? ["It also read the whole table meanwhile."] : []),
          ...(lockTimeoutMs === 0
            ? ["No lock_timeout was set, so that it would wait for the lock without limit."]
            : []),
        ].join(" "),
        help: "Write the change of the schema out as statements of the migration; `headgate lint` then says how each is done safely.",
        relation,
        observed: true,
        ...(scans.includes(relation) ? { severity: "error" as const } : {}),
      };
    }
  },
};
