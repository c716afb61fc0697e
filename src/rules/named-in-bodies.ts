import { type Schema, tableNamed } from "../schema/schema.ts";
import { splitName } from "../schema/edit.ts";
import { listed } from "../prose.ts";
import { fewNamed } from "./words.ts";

/**
 * A sentence on the functions of the history whose bodies seem to name a column of a table, for PostgreSQL does not know of them;
 * none where there are none. Of a column such as `id` only those count that name the table too, or run for its rows.
 */
export function namedInBodies(schema: Schema, table: string, column: string): readonly string[] {
  const namesColumn = wordOf(column);
  const namesTable = wordOf(splitName(table)[1]);
  const own = new Set(tableNamed(schema, table)?.triggers.map(({ runs }) => runs));
  const using = schema.routines
    .values()
    .map((routine) => ({ name: `${routine.schema}.${routine.name}`, body: code(routine.body) }))
    .filter(({ name, body }) => namesColumn.test(body) && (own.has(name) || namesTable.test(body)));
  const which = listed(
    using.map(({ name }) => name),
    fewNamed,
  );
  if (using.length === 0) return [];
  return [
    `The ${using.length > 1 ? `bodies of ${which} seem` : `body of ${which} seems`} to name it, which PostgreSQL does not check.`,
  ];
}

/** Whether a trigger that runs for each row of a table gives a column its value, so that no application has to name it. */
export function keptByTrigger(schema: Schema, table: string, column: string): boolean {
  const triggers = tableNamed(schema, table)?.triggers ?? [];
  const runs = new Set(triggers.flatMap((each) => (each.forEachRow ? each.runs : [])));
  const gives = new RegExp(String.raw`\bnew\s*\.\s*"?${RegExp.escape(column)}"?\s*:?=`, "i");
  return schema.routines
    .values()
    .some((routine) => runs.has(`${routine.schema}.${routine.name}`) && gives.test(code(routine.body)));
}

const wordOf = (name: string): RegExp => new RegExp(String.raw`(?<![\w$])${RegExp.escape(name)}(?![\w$])`, "i");

/** A body without its comments. */
const code = (body: string): string => body.replaceAll(/--[^\n]*|\/\*[^]*?\*\//g, " ");
