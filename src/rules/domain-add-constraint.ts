import { identifierText } from "../sql/identifier-text.ts";
import { nameParts } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "domain-add-constraint",
  title: "A constraint on a domain reads every table that uses it",
  severity: "error",
  effect: {
    lock: "SHARE",
    scan: true,
    consequence:
      "The statement names no table, yet writes to every table with a column of the domain wait until all of them are read.",
  },
  remedy:
    "Add the constraint as NOT VALID, which takes no lock on any table, and validate it at a quiet time: that reads the same tables under the same lock.",
  harmless: "A domain that no known table uses, and NOT VALID.",
  source: manual("sql-alterdomain", "ALTER DOMAIN"),
  detectedBy: "both",
  hazards: ["domain-add-constraint"],
  statements: ["AlterDomainStmt"],
  *check(step) {
    if (!("AlterDomainStmt" in step.node)) return;
    const { subtype, typeName, def } = step.node.AlterDomainStmt;
    if (subtype !== "C" && subtype !== "O" && subtype !== "V") return;
    const tables = [...step.effects.scans].filter((name) => !step.isFresh(name));
    if (tables.length === 0) return;
    const name = nameParts(typeName).map(identifierText).join(".");
    const message = `${listed(tables)} ${tables.length > 1 ? "have columns" : "has a column"} of the domain ${name}, so all rows are read, holding a SHARE lock, which blocks writes, until it is done.`;
    const relation = tables[0] === undefined ? {} : { relation: tables[0] };
    if (subtype === "V") {
      // There is no gentler way than this.
      yield { message, help: "Run it in a migration of its own, at a quiet time.", ...relation, severity: "warning" };
      return;
    }
    const isCheck = def && "Constraint" in def && def.Constraint.contype === "CONSTR_CHECK";
    yield {
      message,
      help: isCheck
        ? "Add the constraint as NOT VALID, and validate it at a quiet time:"
        : "Add CHECK (VALUE IS NOT NULL) as NOT VALID instead, and validate it at a quiet time:",
      fix: [isCheck ? `${step.sql} NOT VALID` : `ALTER DOMAIN ${name} ADD CHECK (VALUE IS NOT NULL) NOT VALID`],
      ...relation,
    };
  },
};
