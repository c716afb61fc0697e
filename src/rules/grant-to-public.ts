import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "grant-to-public",
  title: "Everybody who can connect gets the privilege",
  severity: "warning",
  effect: { consequence: "PUBLIC is every role, those made later included." },
  remedy: "Grant to the role that needs it.",
  harmless: "USAGE and CONNECT, which are often meant for everybody, and EXECUTE, which PUBLIC has anyway.",
  source: manual("ddl-priv", "Privileges"),
  detectedBy: "static",
  hazards: ["grant-broad-or-revoke"],
  statements: ["GrantStmt", "AlterDefaultPrivilegesStmt"],
  *check(step) {
    const isDefault = "AlterDefaultPrivilegesStmt" in step.node;
    const grant =
      "AlterDefaultPrivilegesStmt" in step.node
        ? step.node.AlterDefaultPrivilegesStmt.action
        : "GrantStmt" in step.node
          ? step.node.GrantStmt
          : undefined;
    if (!grant) return;
    const { is_grant: grants, grantees = [], privileges } = grant;
    const toPublic = grantees.some((role) => "RoleSpec" in role && role.RoleSpec.roletype === "ROLESPEC_PUBLIC");
    if (!grants || !toPublic) return;
    const names = (privileges ?? []).flatMap((privilege) =>
      "AccessPriv" in privilege ? [privilege.AccessPriv.priv_name ?? ""] : [],
    );
    if (names.length > 0 && names.every((name) => /^(usage|connect|execute)$/.test(name))) return;
    yield {
      message: `${names.length === 0 ? "Every privilege" : names.join(", ").toUpperCase()} ${isDefault ? "on whatever is made later " : ""}is granted to PUBLIC, which is every role that can connect, now and later.`,
      help: "Grant it to the role that needs it.",
    };
  },
};
