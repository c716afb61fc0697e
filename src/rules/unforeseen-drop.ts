import { listed } from "../prose.ts";
import type { Rule } from "./rule.ts";
import { foreseen } from "./unforeseen.ts";
import { fewNamed, manual } from "./words.ts";

export const rule: Rule = {
  id: "unforeseen-drop",
  title: "A table was dropped, which the statement's text does not show",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "A function, a procedure or SQL that was put together while it ran dropped a table. Its rows are gone, and code of the running application that uses it fails from this moment.",
  },
  remedy:
    "Write the DROP TABLE out as a statement of the migration, where everybody sees it, in a release after the one that stopped using the table.",
  harmless: "Tables that the same change creates. Known from `headgate check` alone: the server has to be asked.",
  source: manual("sql-droptable", "DROP TABLE"),
  detectedBy: "trace",
  hazards: ["dynamic-sql-opaque"],
  statements: [],
  *check() {},
  *observe({ drops }, step, migration) {
    if (drops.length === 0) return;
    const known = foreseen(step, migration);
    const gone = drops.filter((relation) => !step.isFresh(relation) && !known.drop(relation));
    if (gone.length === 0) return;
    yield {
      message: `Running this dropped ${listed(gone, fewNamed)} with all rows, and code of the running application that uses ${gone.length > 1 ? "one of them" : "it"} fails from this moment.`,
      help: "Write the DROP TABLE out as a statement of the migration, in a release after the one that stopped using the table.",
      relation: gone[0] as string,
      observed: true,
    };
  },
};
