import type { Schema } from "../schema/schema.ts";
import { splitName } from "../schema/edit.ts";
import { listed } from "../prose.ts";
import { fewNamed } from "./words.ts";

/**
 * A sentence on the functions of the history whose bodies seem to name a column of a table, for PostgreSQL does not know of them;
 * none where there are none. Of a column such as `id` only those count that name the table too, or run for its rows.
 */
export function namedInBodies({ relations, routines }: Schema, table: string, column: string): readonly string[] {
  const [names, holds] = [column, splitName(table)[1]].map(wordOf);
  const triggers = relations.get(table);
  const own = new Set(triggers?.kind === "table" ? triggers.triggers.map(({ runs }) => runs) : []);
  const using = [...routines.values()]
    .map((routine) => ({ name: `${routine.schema}.${routine.name}`, body: code(routine.body) }))
    .filter(({ name, body }) => names?.test(body) && (own.has(name) || holds?.test(body)));
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
export function keptByTrigger({ relations, routines }: Schema, table: string, column: string): boolean {
  const relation = relations.get(table);
  const runs =
    relation?.kind === "table" ? relation.triggers.flatMap((each) => (each.forEachRow ? each.runs : [])) : [];
  const gives = new RegExp(String.raw`\bnew\s*\.\s*"?${RegExp.escape(column)}"?\s*:?=`, "i");
  return [...routines.values()].some(
    ({ schema, name, body }) => runs.includes(`${schema}.${name}`) && gives.test(code(body)),
  );
}

const wordOf = (name: string): RegExp => new RegExp(String.raw`(?<![\w$])${RegExp.escape(name)}(?![\w$])`, "i");

/** A body without its comments. */
const code = (body: string): string => body.replaceAll(/--[^\n]*|\/\*[^]*?\*\//g, " ");
