import type { Rule } from "./rule.ts";
import { foreseen } from "./unforeseen.ts";
import { lockPhrase, manual } from "./words.ts";

export const rule: Rule = {
  id: "unforeseen-rewrite",
  title: "A table was rewritten, which the statement's text does not show",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    rewrite: true,
    consequence:
      "A function, a procedure, a trigger or SQL that was put together while it ran wrote the whole table again, and kept everybody out meanwhile.",
  },
  remedy:
    "Take the change of the schema out of the function, write it out as statements of the migration, and do what its own rule says.",
  harmless: "Tables that the same change creates. Known from `headgate check` alone: the server has to be asked.",
  source: manual("sql-altertable#SQL-ALTERTABLE-NOTES", "ALTER TABLE, Notes"),
  detectedBy: "trace",
  hazards: ["dynamic-sql-opaque"],
  statements: [],
  *check() {},
  *observe({ rewrittenTables, held }, step, migration) {
    const known = foreseen(step, migration);
    for (const relation of rewrittenTables) {
      if (step.isFresh(relation) || known.rewrite(relation)) continue;
      const mode = held.find((lock) => lock.relation === relation && lock.mode === "ACCESS EXCLUSIVE")?.mode;
      yield {
        message: `Running this wrote all of ${relation} again, or emptied it${mode ? `, holding ${lockPhrase(mode, relation)} until its transaction ends` : ""}.`,
        help: "Write the change of the schema out as statements of the migration; `headgate lint` then says how each is done safely.",
        relation,
        observed: true,
      };
    }
  },
};
