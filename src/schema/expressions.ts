import { nameParts, type Node, walk } from "../sql/syntax.ts";

/** The columns that an expression names, each once. */
export function mentionedColumns(expression: unknown): readonly string[] {
  const found = new Set<string>();
  for (const node of walk(expression)) {
    const fields = (node["ColumnRef"] as { fields?: Node[] } | undefined)?.fields;
    const name = nameParts(fields).at(-1);
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

/** The functions that an expression calls, without their schemas, each once. */
export function calledFunctions(expression: unknown): readonly string[] {
  const found = new Set<string>();
  for (const node of walk(expression)) {
    const name = nameParts((node["FuncCall"] as { funcname?: Node[] } | undefined)?.funcname).at(-1);
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

/** Whether an expression is the constant `NULL`. */
export function isNull(expression: Node | undefined): boolean {
  if (!expression) return true;
  if ("TypeCast" in expression) return isNull(expression.TypeCast.arg);
  return "A_Const" in expression && (expression.A_Const.isnull ?? false);
}

/** Whether a query has a `*` for columns. */
export function namesEverything(query: unknown): boolean {
  for (const node of walk(query)) if ("A_Star" in node) return true;
  return false;
}
