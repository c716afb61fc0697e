import { optionValue } from "../sql/syntax.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "role-in-migration",
  title: "A role with a password or the rights of a superuser in a migration",
  severity: "error",
  effect: {
    consequence:
      "Roles belong to the whole server and outlive the database, and a password in a migration is in the repository and in the server's log.",
  },
  remedy: "Make roles outside the migrations, with a password that no file holds; let migrations only grant to them.",
  harmless: "Roles without a password and without special rights.",
  source: manual("sql-createrole", "CREATE ROLE"),
  detectedBy: "static",
  hazards: ["create-role-in-migration"],
  statements: ["CreateRoleStmt", "AlterRoleStmt"],
  *check(step) {
    const statement =
      "CreateRoleStmt" in step.node
        ? step.node.CreateRoleStmt
        : "AlterRoleStmt" in step.node
          ? step.node.AlterRoleStmt
          : undefined;
    if (!statement) return;
    const on = (name: string): boolean => /^(true|1|t)$/.test(optionValue(statement.options, name) ?? "");
    const password = optionValue(statement.options, "password");
    const rights = ["superuser", "bypassrls"].filter(on).map((right) => right.toUpperCase());
    if (password === undefined && rights.length === 0) return;
    yield {
      message:
        password === undefined
          ? `The role gets ${rights.join(" and ")}, for every database of the server.`
          : "The role's password stands in the migration, and with it in the repository and in the server's log.",
      help: "Make the role outside the migrations.",
    };
  },
};
