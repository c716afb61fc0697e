import type { Schema } from "../schema/schema.ts";
import { listed } from "../prose.ts";
import { fewNamed } from "./words.ts";

/** A sentence on the functions of the history whose bodies seem to name a column, for PostgreSQL does not know of them; none where there are none. */
export function namedInBodies({ routines }: Schema, column: string): readonly string[] {
  const word = new RegExp(String.raw`(?<![\w$])${RegExp.escape(column)}(?![\w$])`, "i");
  const using = [...routines.values()].filter(({ body }) => word.test(body));
  return using.length === 0
    ? []
    : [
        `The body of ${listed(
          using.map(({ schema, name }) => `${schema}.${name}`),
          fewNamed,
        )} seems to name it, which PostgreSQL does not check.`,
      ];
}
