import { type KnownValues, textPutTogether, textsOfArray } from "./text-put-together.ts";

/** A part of what the parser makes of a body. */
interface Part {
  readonly [key: string]: unknown;
}

interface Variable {
  readonly refname?: string;
  readonly default_val?: unknown;
}

/** The variables of a body, and what those of them hold that nothing assigns to. */
export interface BlockVariables {
  readonly variables: readonly Variable[];
  readonly constants: KnownValues;
}

/** More passes of a loop than these are not told apart. */
const mostPasses = 100;

/** The text of an expression in a body. */
export const expressionText = (value: unknown): string =>
  (value as { PLpgSQL_expr?: { query?: string } } | undefined)?.PLpgSQL_expr?.query ?? "";

/** @param tree what the parser makes of a body */
export function blockVariables(tree: unknown): BlockVariables {
  const [{ PLpgSQL_function: routine } = {}] = (tree as { plpgsql_funcs?: readonly Part[] }).plpgsql_funcs ?? [];
  const { datums = [] } = (routine ?? {}) as { datums?: readonly { readonly PLpgSQL_var?: Variable }[] };
  const variables = datums.map(({ PLpgSQL_var: variable }) => variable ?? {});
  const assigned = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "varno") assigned.add(inner);
      visit(inner);
    }
  };
  visit(routine);
  const constants = new Map<string, string>();
  for (const [number, { refname, default_val: value }] of variables.entries()) {
    const text =
      value === undefined || assigned.has(number) ? undefined : textPutTogether(expressionText(value), constants);
    // Of two variables of one name the inner one hides the other.
    const isAlone = variables.filter((other) => other.refname === refname).length === 1;
    if (refname !== undefined && text !== undefined && isAlone) constants.set(refname, text);
  }
  return { variables, constants };
}

/** What is known of the variables in each pass of a loop through constants; once, for what is no such loop. */
export function valuesOfPasses(
  kind: string,
  loop: Part,
  { variables }: BlockVariables,
  values: KnownValues,
): readonly KnownValues[] {
  const texts = kind === "PLpgSQL_stmt_foreach_a" ? textsOfArray(expressionText(loop["expr"]), values) : undefined;
  const name = variables[Number(loop["varno"])]?.refname;
  if (!texts || texts.length === 0 || texts.length > mostPasses || name === undefined) return [values];
  return texts.map((text) => new Map([...values, [name, text]]));
}
