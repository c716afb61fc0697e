import { relationNameOf } from "../schema/names.ts";
import { nameLists } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "view-recreated-without-grants",
  title: "A view that is dropped and made again has lost its grants",
  severity: "warning",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "Grants, comments, rules and options go with the old view: roles that could read it get permission denied.",
  },
  remedy: "Use CREATE OR REPLACE VIEW where the columns allow it, or grant again in the same transaction.",
  harmless: "A migration that grants on the view afterwards, and a history that never granted anything on it.",
  source: manual("sql-createview", "CREATE VIEW"),
  detectedBy: "static",
  hazards: ["drop-create-view-grants"],
  statements: ["DropStmt"],
  *check(step, { steps }) {
    if (!("DropStmt" in step.node)) return;
    const { removeType, objects } = step.node.DropStmt;
    if (removeType !== "OBJECT_VIEW" && removeType !== "OBJECT_MATVIEW") return;
    for (const parts of nameLists(objects)) {
      const name = relationNameOf(step.schema, step.searchPath, parts);
      const before = step.schema.relations.get(name);
      if (!before || step.isFresh(name)) continue;
      const later = steps.slice(step.index + 1);
      if (!later.at(-1)?.after.schema.relations.has(name)) continue;
      const bare = parts.at(-1);
      const granted = later.some(
        ({ node }) =>
          "GrantStmt" in node &&
          (node.GrantStmt.objects ?? []).some((object) => "RangeVar" in object && object.RangeVar.relname === bare),
      );
      const altersDefaults = later.some(({ node }) => "AlterDefaultPrivilegesStmt" in node);
      const { grantees = [] } = before;
      // A history that makes everything, and granted nothing on it, has nothing to lose there.
      if (granted || altersDefaults || (grantees.length === 0 && step.before.complete)) continue;
      yield {
        message: `${name} is dropped and made again without a GRANT, so ${grantees.length > 0 ? `${listed(grantees)} cannot use it any more` : "roles that could read it cannot any more"}.`,
        help: "Use CREATE OR REPLACE VIEW, or add the grants after it.",
        relation: name,
      };
    }
  },
};
