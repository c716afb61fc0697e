import type { Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "revoke-privilege",
  title: "The running application may still use the privilege",
  severity: "info",
  effect: { consequence: "There is no lock to wait for: the next statement that needs the privilege fails." },
  remedy: "Take a privilege away in a release after the one that stopped needing it.",
  harmless:
    "Relations that the same migration creates; functions, schemas and the like, on which PUBLIC has what nobody gave it.",
  source: manual("sql-revoke", "REVOKE"),
  detectedBy: "static",
  hazards: ["grant-broad-or-revoke"],
  statements: ["GrantStmt"],
  *check(step, { direction }) {
    if (!("GrantStmt" in step.node) || direction === "down") return;
    const { is_grant: grants, objtype, targtype, objects = [], privileges = [], grantees = [] } = step.node.GrantStmt;
    if (grants || (objtype !== undefined && objtype !== "OBJECT_TABLE")) return;
    const inSchema = targtype === "ACL_TARGET_ALL_IN_SCHEMA";
    const used = objects
      .flatMap((object) => ("RangeVar" in object ? [step.target(object.RangeVar)] : []))
      .filter(({ fresh }) => !fresh)
      .map(({ name }) => name);
    if (!inSchema && used.length === 0) return;
    const names = privileges.flatMap((one) =>
      "AccessPriv" in one ? [(one.AccessPriv.priv_name ?? "").toUpperCase()] : [],
    );
    const roles = grantees.flatMap((one) =>
      "RoleSpec" in one
        ? [one.RoleSpec.roletype === "ROLESPEC_PUBLIC" ? "PUBLIC" : (one.RoleSpec.rolename ?? "the current role")]
        : [],
    );
    yield {
      message: `${listed(roles)} cannot use ${names.length === 0 ? "any privilege" : listed(names)} on ${inSchema ? "every table of the schema" : listed(used)} from this moment, unless it comes from elsewhere.`,
      help: "Make sure that no running version needs it before the migration runs.",
      ...(used[0] === undefined ? {} : { relation: used[0] }),
    };
  },
};
