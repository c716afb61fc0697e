import { columnRewrite } from "../schema/column-rewrite.ts";
import type { AddedColumn } from "./alter-table.ts";
import { defaultText } from "./definition-parts.ts";
import type { Step } from "./rule.ts";
import { typeOf } from "./words.ts";

/** A new column as it is added without its constraints: with its default, and NOT NULL, where these touch no row. */
export function bareColumn(step: Step, { column, definition, constraints, text }: AddedColumn): string {
  const type = `${column} ${typeOf(definition.typeName)}`;
  const value = columnRewrite(step.schema, definition, step) === undefined ? defaultText(text) : undefined;
  if (value === undefined) return type;
  const isRequired = constraints.some(({ contype }) => contype === "CONSTR_NOTNULL");
  return `${type} DEFAULT ${value}${isRequired ? " NOT NULL" : ""}`;
}
