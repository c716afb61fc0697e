import { nodesOf } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

const longestBytes = 63;

export const rule: Rule = {
  id: "identifier-too-long",
  title: "PostgreSQL cuts a name that is too long",
  severity: "warning",
  effect: {
    consequence:
      "Only the first 63 bytes count, with no more than a notice: two long names may become one, and a tool that compares names finds another.",
  },
  remedy: "Use a name of at most 63 bytes.",
  harmless: "Dropping or validating what has such a name.",
  source: manual("sql-syntax-lexical#SQL-SYNTAX-IDENTIFIERS", "Identifiers and Key Words"),
  detectedBy: "both",
  hazards: ["identifier-too-long"],
  *check(step) {
    // A name that is there was cut when it was given, and is cut alike where it is meant.
    if ("DropStmt" in step.node) return;
    // The parser cuts them already; what it left is exactly as long as a name may be.
    if (!isLongSomewhere.test(step.sql) || !couldBeCut.test(step.sql)) return;
    const cut = new Set<string>();
    for (const node of nodesOf(step.node)) {
      if (isReference(node)) continue;
      for (const value of Object.values(node))
        if (typeof value === "string" && Buffer.byteLength(value) === longestBytes && !/\s/.test(value)) cut.add(value);
    }
    for (const name of cut) {
      const at = step.sql.toLowerCase().indexOf(name.toLowerCase());
      const next = at === -1 ? undefined : step.sql[at + name.length];
      if (next === undefined || !/[\w$\u0080-\uffff]/.test(next)) continue;
      yield {
        message: `The name that begins with ${name} is longer than 63 bytes, and PostgreSQL cuts the rest.`,
        help: "Use a shorter name.",
      };
    }
  },
};

/** Whether a command of ALTER TABLE names what is there. */
const isReference = (node: object): boolean => "subtype" in node && /^AT_(?:Drop|Validate)/.test(String(node.subtype));

/** A cut name and what was cut are more than 63 bytes without a blank: as many characters, but for those that take several bytes. */
const isLongSomewhere = /(?<!\S)\S{64}|[\u0080-\uffff]/;
/** Most statements hold no word of that length; bytes are at least as many as characters, and at most three times. */
const couldBeCut = /(?<![\w$\u0080-\uffff])[\w$\u0080-\uffff]{22}/;
