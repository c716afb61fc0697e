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
  source: manual("ddl-depend", "Dependency Tracking"),
  detectedBy: "both",
  hazards: ["drop-cascade", "drop-function-in-trigger", "sequence-cycle-ownership"],
  *check(step, { direction }) {
    if (!("DropStmt" in step.node) || direction === "down") return;
    const { behavior, removeType } = step.node.DropStmt;
    const what = kinds[removeType ?? ""];
    if (behavior !== "DROP_CASCADE" || what === undefined) return;
    const written = step.sql.replace(/\s+cascade\s*$/i, "");
    yield {
      message: `CASCADE also drops whatever depends on the ${what}, without naming it, and takes an ACCESS EXCLUSIVE lock on every table concerned, which blocks reads and writes.`,
      help: `Drop each dependent object by name first, and the ${what} without CASCADE then${written === step.sql ? "." : `: ${written.replaceAll(/\s+/g, " ")}.`}`,
    };
  },
};

const kinds: Readonly<Record<string, string>> = {
  OBJECT_TABLE: "table",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "domain",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_EXTENSION: "extension",
  OBJECT_INDEX: "index",
};
