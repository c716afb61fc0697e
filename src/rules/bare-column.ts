import { columnRewrite } from "../schema/column-rewrite.ts";
import type { AddedColumn } from "./alter-table.ts";
import { defaultText } from "./definition-parts.ts";
import type { Step } from "./rule.ts";
import { typeOf } from "./words.ts";

/** A new column as it is added without its constraints: with its default, and NOT NULL, where these touch no row. */
export function bareColumn(step: Step, added: AddedColumn): string {
  const isRewritten = columnRewrite(step.schema, added.definition, step) !== undefined;
  return columnText(added, typeOf(added.definition.typeName), isRewritten ? undefined : defaultText(added.text));
}

/** The same with a type and a default. Without a default NOT NULL fails where there are rows, whatever the type. */
export const columnText = ({ column, isRequired }: AddedColumn, type: string, value: string | undefined): string =>
  `${column} ${type}${value === undefined ? "" : ` DEFAULT ${value}${isRequired ? " NOT NULL" : ""}`}`;
