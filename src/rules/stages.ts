import { listed } from "../prose.ts";
import { objectName } from "../schema/object-name.ts";
import type { Table } from "../schema/schema.ts";
import { dollarQuote } from "../sql/dollar-quote.ts";
import { identifierText } from "../sql/identifier-text.ts";
import { quoteLiteral } from "../sql/quote-identifier.ts";
import type { Stage, Target } from "./rule.ts";
import { siblingText } from "./words.ts";

/** A column as it is called, with its table. */
export interface TableColumn {
  readonly target: Target;
  readonly table: Table;
  readonly name: string;
}

/** One that takes long to fill, with what its rows are to hold, as SQL that names the other columns. */
export interface FilledColumn extends TableColumn {
  readonly value: string;
}

/** As many pages of a table as one batch reads; https://www.postgresql.org/docs/18/storage-page-layout.html */
const batchPages = 100;

/**
 * Fills the rows that are there, from the first page of the table to the last, so that no batch reads what another has read.
 * What has a value is left alone: it can be run again.
 * @param isKept whether a trigger fills what the application changes meanwhile. Without one, an UPDATE that moves a row to a page
 * that was read already would hide it: it is looked for until none is left, so the value must not be NULL.
 */
export function fillInBatches({ target, table, name, value }: FilledColumn, isKept: boolean): Stage {
  const column = identifierText(name);
  const text = quoteLiteral(target.sql);
  const size =
    table.variety === "partitioned"
      ? `(SELECT max(pg_relation_size(relid)) FROM pg_partition_tree(${text}))`
      : `pg_relation_size(${text})`;
  const pages = `${size} / current_setting('block_size')::int`;
  const pass = `FOR page IN 0..pages BY ${batchPages} LOOP
    UPDATE ${target.sql} SET ${column} = ${value}
      WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + ${batchPages})::tid
        AND ${column} IS NULL;
    COMMIT;
  END LOOP;`;
  const passes = `WHILE EXISTS (SELECT FROM ${target.sql} WHERE ${column} IS NULL) LOOP
    pages := ${pages};
    ${pass.replaceAll("\n", "\n  ")}
  END LOOP;`;
  const body = `
DECLARE
  pages int${isKept ? ` := ${pages}` : ""};
BEGIN
  ${isKept ? pass : passes}
END `;
  return {
    help: "Fill the old rows in batches that commit, in a job of its own and outside a transaction:",
    fix: [`DO ${dollarQuote(body)}`],
  };
}

/** The statements that make a trigger keep a column: whoever writes a row writes it, too. */
export function keepByTrigger(filled: FilledColumn): readonly string[] {
  const keeper = keeperOf(filled);
  return [
    functionFor(filled, filled.name),
    `CREATE TRIGGER ${keeper.trigger} BEFORE INSERT OR UPDATE ON ${filled.target.sql} FOR EACH ROW EXECUTE FUNCTION ${keeper.function}()`,
  ];
}

/** The function of the trigger. @param column as the column is called when it runs */
function functionFor(filled: FilledColumn, column: string): string {
  // The columns are those of the new row, under the name of the table.
  const row = `(SELECT NEW.*) AS ${identifierText(filled.table.name)}`;
  const body = `
BEGIN
  NEW.${identifierText(column)} := (SELECT ${filled.value} FROM ${row});
  RETURN NEW;
END `;
  return `CREATE FUNCTION ${keeperOf(filled).function}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuote(body)}`;
}

const keeperOf = ({ target, table, name }: FilledColumn) => {
  const trigger = objectName(table.name, [name], "keep");
  return { trigger: identifierText(trigger), function: siblingText(target.sql, trigger) };
};

/** The statements that make a column NOT NULL without reading its table under a lock. */
export function notNullStatements({ target, table, name }: TableColumn) {
  const column = identifierText(name);
  const constraint = identifierText(objectName(table.name, [name], "not_null"));
  return [
    `ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} CHECK (${column} IS NOT NULL) NOT VALID`,
    `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`,
    `ALTER TABLE ${target.sql} ALTER COLUMN ${column} SET NOT NULL`,
    `ALTER TABLE ${target.sql} DROP CONSTRAINT ${constraint}`,
  ];
}

/** The statements that hold a column to the constraints of a domain, whatever these are, without reading its table under a lock. */
export function asDomain({ target, table, name }: TableColumn, domain: string) {
  const column = identifierText(name);
  const constraint = identifierText(objectName(table.name, [name], "check"));
  return [
    `ALTER TABLE ${target.sql} ADD CONSTRAINT ${constraint} CHECK (CAST(${column} AS ${domain}) IS NOT DISTINCT FROM ${column}) NOT VALID`,
    `ALTER TABLE ${target.sql} VALIDATE CONSTRAINT ${constraint}`,
  ];
}

/** Makes a column NOT NULL once its rows are filled. */
export const makeNotNull = (filled: TableColumn): Stage => ({
  help: "Make it NOT NULL with a check that is validated in a transaction of its own:",
  fix: notNullStatements(filled),
});

/**
 * Gives a filled column the name of the one that it replaces, which is dropped when no release needs it. A key, and what numbers
 * itself, takes more than new names: that is said, and not shown.
 */
export function takeOver(filled: FilledColumn, old: string): Stage {
  const { target, table } = filled;
  const known = table.columns.find((each) => each.name === old);
  const constraints = table.constraints.filter(({ columns }) => columns.includes(old));
  const isKey = constraints.some(({ kind }) => kind === "primary key") || known?.identity || known?.serial;
  if (isKey)
    return {
      help: `Give it a unique index with CONCURRENTLY and its numbers, move ${listed(constraints.map((each) => each.name))} and what refers to it over, and switch in a later release.`,
      fix: [],
    };
  const { trigger, function: keeper } = keeperOf(filled);
  return {
    help: "Give it the indexes, constraints and default of the old one, switch over in one transaction, and drop the old one in a later release:",
    fix: [
      `DROP TRIGGER ${trigger} ON ${target.sql}`,
      `DROP FUNCTION ${keeper}()`,
      `ALTER TABLE ${target.sql} ALTER COLUMN ${identifierText(old)} DROP NOT NULL`,
      ...takeName(filled, old),
    ],
  };
}

/** The same of a column that the trigger goes on keeping. */
export const takeOverKept = (filled: FilledColumn, old: string): Stage => ({
  help: "Switch over in one transaction, and drop the old column in a later release:",
  fix: [...takeName(filled, old), functionFor(filled, old).replace(/^CREATE/, "CREATE OR REPLACE")],
});

function takeName({ target, name }: TableColumn, old: string): readonly string[] {
  const [column, gone] = [old, objectName(old, [], "old")].map(identifierText);
  return [
    `ALTER TABLE ${target.sql} RENAME COLUMN ${column} TO ${gone}`,
    `ALTER TABLE ${target.sql} RENAME COLUMN ${identifierText(name)} TO ${column}`,
  ];
}
