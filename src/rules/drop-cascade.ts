import { knowsMissing } from "../schema/place.ts";
import { relationNameOf } from "../schema/names.ts";
import { nameLists } from "../sql/syntax.ts";
import { relationKinds, routineKinds, typeKinds } from "./object-kinds.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "drop-cascade",
  title: "CASCADE drops what the migration does not name",
  severity: "error",
  effect: {
    consequence:
      "Whatever depends on the object goes with it: views, foreign keys, defaults, triggers, and for a type the columns that have it. Each takes an ACCESS EXCLUSIVE lock on its table. What that is in production may differ from what it is here.",
  },
  remedy: "Drop each dependent object by name first; PostgreSQL lists them when the statement runs without CASCADE.",
  harmless: "A relation that the same change makes: what depends on it is as new.",
  source: manual("ddl-depend", "Dependency Tracking"),
  detectedBy: "both",
  hazards: ["drop-cascade", "drop-function-in-trigger", "sequence-cycle-ownership"],
  statements: ["DropStmt"],
  *check(step, { direction }) {
    if (!("DropStmt" in step.node) || direction === "down") return;
    const { behavior, removeType, objects, missing_ok: ifExists } = step.node.DropStmt;
    const what = kinds[removeType ?? ""];
    if (behavior !== "DROP_CASCADE" || what === undefined) return;
    // What depends on something new is new as well.
    const isHarmless = (name: string): boolean =>
      step.isFresh(name) || (ifExists === true && knowsMissing(step.before) && !step.schema.relations.has(name));
    const names = nameLists(objects).map((parts) => relationNameOf(step.schema, step.searchPath, parts));
    if (removeType !== undefined && removeType in relations && names.every(isHarmless)) return;
    const written = step.sql.replace(/(?<!\s)\s+cascade\s*$/i, "");
    yield {
      message: `CASCADE also drops whatever depends on the ${what}, without naming it, and takes an ACCESS EXCLUSIVE lock on every table concerned, which blocks reads and writes.`,
      help: `Drop each dependent object by name first, and the ${what} without CASCADE then${written === step.sql ? "." : `: ${written.replaceAll(/\s+/g, " ")}.`}`,
    };
  },
};

const relations = {
  OBJECT_TABLE: "table",
  OBJECT_FOREIGN_TABLE: "foreign table",
  OBJECT_INDEX: "index",
  ...relationKinds,
};

const kinds: Readonly<Record<string, string>> = {
  ...relations,
  ...typeKinds,
  ...routineKinds,
  OBJECT_EXTENSION: "extension",
};
