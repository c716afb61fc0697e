import { relationName } from "../schema/names.ts";
import { tableNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { nameParts } from "../sql/syntax.ts";
import { addedConstraints, tableCommands } from "./alter-table.ts";
import type { Judgement, Step } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "existing-rows-may-fail",
  title: "Rows that are there may refuse this",
  severity: "info",
  effect: {
    consequence:
      "On an empty database it works; in production one row that breaks the rule makes it fail, after reading up to there, and a concurrent build leaves an invalid index behind.",
  },
  remedy: "Ask production first, with a query that finds such rows; it only reads.",
  harmless: "Tables that the same migration creates.",
  source: manual("ddl-constraints", "Constraints"),
  detectedBy: "static",
  hazards: ["create-unique-index-data", "prod-data-dependent-failure", "index-expression-slow-or-failing"],
  statements: ["IndexStmt", "AlterTableStmt"],
  *check(step) {
    yield* uniqueness(step);
    for (const { command, target } of tableCommands(step, "AT_SetNotNull")) {
      const column = identifierText(command.name ?? "");
      if (tableNamed(step.schema, target.name)?.columns.some(({ name, notNull }) => name === command.name && notNull))
        continue;
      yield ask(target.name, "a row without a value", `SELECT 1 FROM ${target.sql} WHERE ${column} IS NULL LIMIT 1`);
    }
    for (const { constraint, target } of addedConstraints(step)) {
      if (constraint.skip_validation || constraint.contype !== "CONSTR_FOREIGN" || !constraint.pktable) continue;
      yield orphans(
        step,
        target.sql,
        target.name,
        nameParts(constraint.fk_attrs),
        relationName(step.schema, step.searchPath, constraint.pktable),
        nameParts(constraint.pk_attrs),
      );
    }
    for (const { command, target, table } of tableCommands(step, "AT_ValidateConstraint")) {
      const constraint = table.constraints.find(({ name }) => name === command.name);
      if (constraint?.kind !== "foreign key" || !constraint.references) continue;
      const { table: parent, columns } = constraint.references;
      yield orphans(step, target.sql, target.name, constraint.columns, parent, columns);
    }
  },
};

function* uniqueness(step: Step): Generator<Judgement> {
  if ("IndexStmt" in step.node) {
    const { relation, unique, indexParams = [], whereClause } = step.node.IndexStmt;
    const target = relation && step.target(relation);
    if (!target || target.fresh) return;
    const columns = indexParams.map((element) => ("IndexElem" in element ? element.IndexElem.name : undefined));
    const isExpression = columns.includes(undefined);
    if (unique && !isExpression && !whereClause)
      yield ask(target.name, "a value that is there twice", twice(target.sql, columns as readonly string[]));
    else if (unique || isExpression)
      yield {
        message: `A row of ${target.name} ${isExpression ? "for which the expression fails" : "with a value that is there twice"} makes this fail.`,
        help: "Look for such rows in production before.",
        relation: target.name,
      };
  }
  for (const { constraint, target } of addedConstraints(step))
    if (
      (constraint.contype === "CONSTR_UNIQUE" || constraint.contype === "CONSTR_PRIMARY") &&
      constraint.indexname === undefined
    )
      yield ask(target.name, "a value that is there twice", twice(target.sql, nameParts(constraint.keys)));
}

const twice = (table: string, columns: readonly string[]): string => {
  const keys = columns.map(identifierText).join(", ");
  return `SELECT ${keys} FROM ${table} GROUP BY ${keys} HAVING count(*) > 1 LIMIT 1`;
};

function orphans(
  step: Step,
  child: string,
  name: string,
  columns: readonly string[],
  parent: string,
  keys: readonly string[],
): Judgement {
  const known = tableNamed(step.schema, parent)?.constraints.find(({ kind }) => kind === "primary key")?.columns;
  const target = keys.length > 0 ? keys : (known ?? []);
  const table = parent.split(".").map(identifierText).join(".");
  const pairs = columns.map(
    (column, index) => `p.${identifierText(target[index] ?? "id")} = c.${identifierText(column)}`,
  );
  const set = columns.map((column) => `c.${identifierText(column)} IS NOT NULL`).join(" AND ");
  return ask(
    name,
    `a row that refers to none of ${parent}`,
    `SELECT 1 FROM ${child} c WHERE ${set} AND NOT EXISTS (SELECT FROM ${table} p WHERE ${pairs.join(" AND ")}) LIMIT 1`,
  );
}

const ask = (relation: string, what: string, query: string): Judgement => ({
  message: `One row of ${relation} is enough to make this fail: ${what}.`,
  help: "Ask production before; a row that comes back is one to mend:",
  fix: [query],
  relation,
});
