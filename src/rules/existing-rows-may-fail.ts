import { columnType, relationName } from "../schema/names.ts";
import { provenNotNull } from "../schema/not-null-proof.ts";
import { tableNamed } from "../schema/schema.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { nameParts } from "../sql/syntax.ts";
import { addedConstraints, tableCommands } from "./alter-table.ts";
import { checkCondition } from "./definition-parts.ts";
import { duplicates } from "./duplicates.ts";
import { ask, lookFor, unfilled } from "./existing-rows.ts";
import type { Judgement, Rule, Step } from "./rule.ts";
import { manual, relationText, typeOf } from "./words.ts";

export const rule: Rule = {
  id: "existing-rows-may-fail",
  title: "Rows that are there may refuse this",
  severity: "info",
  effect: {
    consequence:
      "On an empty database it works; in production one row that breaks the rule makes it fail, after reading up to there, and a concurrent build leaves an invalid index behind.",
  },
  remedy: "Ask production first, with a query that finds such rows; it only reads.",
  harmless:
    "Tables that the same migration creates, columns that it adds without a value, a foreign key that it renews, NOT NULL where a validated check already proves it, and keys of columns that are unique already.",
  source: manual("ddl-constraints", "Constraints"),
  detectedBy: "static",
  hazards: [
    "create-unique-index-data",
    "prod-data-dependent-failure",
    "index-expression-slow-or-failing",
    "narrowing-type-data-loss",
  ],
  statements: ["IndexStmt", "AlterTableStmt"],
  commands: ["AT_SetNotNull", "AT_AlterColumnType", "AT_AddConstraint", "AT_ValidateConstraint"],
  *check(step, { steps }) {
    yield* duplicates(step, steps);
    for (const { command, target, table } of tableCommands(step, "AT_SetNotNull")) {
      const column = identifierText(command.name ?? "");
      if (provenNotNull(table, command.name ?? "")) continue;
      yield ask(target.name, "a row without a value", `SELECT 1 FROM ${target.sql} WHERE ${column} IS NULL LIMIT 1`);
    }
    yield* narrowed(step);
    for (const { constraint, target, text } of addedConstraints(step)) {
      if (constraint.skip_validation) continue;
      if (constraint.contype === "CONSTR_CHECK") {
        const condition = checkCondition(text);
        yield condition === undefined
          ? lookFor(target.name, "that the check refuses")
          : ask(
              target.name,
              "a row that the check refuses",
              `SELECT 1 FROM ${target.sql} WHERE NOT (${condition}) LIMIT 1`,
            );
      }
      if (constraint.contype !== "CONSTR_FOREIGN" || !constraint.pktable) continue;
      const columns = nameParts(constraint.fk_attrs);
      const parent = relationName(step.schema, step.searchPath, constraint.pktable);
      if (heldBefore(step, target.name, columns, parent)) continue;
      const added = unfilled(step, target.name, columns, steps);
      if (added === "empty") continue;
      yield added === "written"
        ? lookFor(target.name, `that gets a value which refers to none of ${parent}`)
        : orphans(step, target.sql, target.name, columns, parent, nameParts(constraint.pk_attrs));
    }
    for (const { command, target, table } of tableCommands(step, "AT_ValidateConstraint")) {
      const constraint = table.constraints.find(({ name }) => name === command.name);
      if (constraint?.kind !== "foreign key" || !constraint.references) continue;
      const { table: parent, columns } = constraint.references;
      yield orphans(step, target.sql, target.name, constraint.columns, parent, columns);
    }
  },
};

/** Types that hold less than the ones before. */
function* narrowed(step: Step): Generator<Judgement> {
  for (const { command, target, table } of tableCommands(step, "AT_AlterColumnType")) {
    if (!command.def || !("ColumnDef" in command.def) || command.def.ColumnDef.raw_default) continue;
    const { typeName } = command.def.ColumnDef;
    const from = table.columns.find(({ name }) => name === command.name)?.type;
    if (!from || !typeName || from.array) continue;
    const to = columnType(typeName);
    const column = identifierText(command.name ?? "");
    const [length] = to.modifiers;
    const [before = Infinity] = from.modifiers;
    const range = ranges.get(to.name);
    if (texts.has(from.name) && texts.has(to.name) && length !== undefined && length < before)
      yield ask(
        target.name,
        `a value that is too long for ${typeOf(typeName)}`,
        `SELECT 1 FROM ${target.sql} WHERE length(${column}) > ${length} LIMIT 1`,
      );
    if (range && numbers.indexOf(from.name) > numbers.indexOf(to.name))
      yield ask(
        target.name,
        `a number that is out of range for ${typeOf(typeName)}`,
        `SELECT 1 FROM ${target.sql} WHERE ${column} NOT BETWEEN ${range} LIMIT 1`,
      );
  }
}

const texts = new Set(["text", "varchar", "bpchar"]);
/** From the narrowest to the widest: https://www.postgresql.org/docs/18/datatype-numeric.html */
const numbers = ["int2", "int4", "int8", "numeric"];
const ranges = new Map([
  ["int2", "-32768 AND 32767"],
  ["int4", "-2147483648 AND 2147483647"],
  ["int8", "-9223372036854775808 AND 9223372036854775807"],
]);

/** Whether the transaction began with a foreign key that says the same, so that it has only been renewed. */
const heldBefore = ({ transaction }: Step, table: string, columns: readonly string[], parent: string): boolean =>
  transaction !== undefined &&
  (tableNamed(transaction.before.schema, table)?.constraints ?? []).some(
    (constraint) =>
      constraint.validated &&
      constraint.references?.table === parent &&
      constraint.columns.join("\0") === columns.join("\0"),
  );

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
  const table = relationText(parent);
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
