import { qualified, type Schema, tableNamed } from "../schema/schema.ts";
import { renamedRelation } from "./renames.ts";
import type { Judgement, Rule } from "./rule.ts";
import { listed } from "../prose.ts";
import { fewNamed, manual, siblingText } from "./words.ts";

export const rule: Rule = {
  id: "rename-table",
  title: "A renamed table breaks the running application",
  severity: "error",
  effect: {
    lock: "ACCESS EXCLUSIVE",
    consequence:
      "The lock is short. Every statement of the running application that names the table or view fails from this moment.",
  },
  remedy:
    "Rename it and create a view with the old name in the same transaction, so that both work; drop the view when no running version uses the old name.",
  harmless:
    "A migration that creates a view with the old name in the same transaction, or a table that nothing refers to; indexes, sequences and constraints.",
  source: manual("sql-altertable#SQL-ALTERTABLE-DESC-RENAME", "ALTER TABLE, RENAME"),
  detectedBy: "both",
  hazards: ["rename-table", "swap-tables"],
  statements: ["RenameStmt"],
  *check(step, { direction, steps }) {
    if (!("RenameStmt" in step.node) || direction === "down") return;
    const { renameType, newname = "" } = step.node.RenameStmt;
    const target = renamedRelation(step);
    if (!target || target.fresh) return;
    if (renameType !== "OBJECT_TABLE" && renameType !== "OBJECT_VIEW" && renameType !== "OBJECT_MATVIEW") return;
    // What stands under the old name at the end of the transaction is what the application meets.
    const last = steps.findLast(
      ({ transaction }) => transaction?.id !== undefined && transaction.id === step.transaction?.id,
    );
    if (last?.after.schema.relations.has(target.name)) {
      yield* leftBehind(step.schema, last.after.schema, target.name);
      return;
    }
    yield {
      message: `Every statement of the running application that names ${target.name} fails from this moment.`,
      help: "Create a view with the old name in the same transaction:",
      fix: [step.sql, `CREATE VIEW ${target.sql} AS SELECT * FROM ${siblingText(target.sql, newname)}`],
      relation: target.name,
    };
  },
};

/** What goes on using a table whose name another one has by the end of the transaction. */
function* leftBehind(before: Schema, after: Schema, name: string): Generator<Judgement> {
  const old = tableNamed(before, name);
  const successor = tableNamed(after, name);
  if (!old || !successor) return;
  const views = before.relations
    .values()
    .flatMap((relation) =>
      (relation.kind === "view" || relation.kind === "materialized view") && relation.reads.includes(name)
        ? [qualified(relation.schema, relation.name)]
        : [],
    );
  const lost = (old.grantees ?? []).filter((role) => !successor.grantees?.includes(role));
  const users = [
    ...old.referencedBy
      .filter((table) => !successor.referencedBy.includes(table))
      .map((table) => `the foreign key of ${table}`),
    ...views.map((view) => `the view ${view}`),
    ...lost.map((role) => `the grant to ${role}`),
  ];
  if (users.length === 0) return;
  yield {
    message: `${name} is another table when the transaction ends, and what PostgreSQL knows by the table and not by its name stays with the renamed one: ${listed(users, fewNamed)}.`,
    help: "Make them anew on the new table, in the same transaction.",
    severity: "warning",
    relation: name,
  };
}
