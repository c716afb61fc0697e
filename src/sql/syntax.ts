import type { Node } from "libpg-query";

export type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint,
  CreateStmt,
  IndexStmt,
  Node,
  RangeVar,
  TypeName,
} from "libpg-query";

/** What a node can be: the one key of its object. */
export type NodeKind = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never;

/** What a node of that kind holds. */
export type BodyOf<Kind extends NodeKind> = Extract<Node, Readonly<Record<Kind, unknown>>>[Kind];

/** The kind of a node. */
export function nodeKind(node: Node): NodeKind {
  let kind: string | undefined;
  // Asked several times of every statement: a list of its one key would be thrown away each time.
  for (kind in node) break;
  return kind as NodeKind;
}

/** A name as the parser keeps it, in its parts: `a.b.c` is three. Anything in the list that is no name is left out. */
export function nameParts(nodes: readonly Node[] | undefined): readonly string[] {
  const parts: string[] = [];
  for (const node of nodes ?? []) if ("String" in node) parts.push(node.String.sval ?? "");
  return parts;
}

/** The parts of each of several names, for the places where the grammar takes a list of names that may be qualified. */
export function nameLists(nodes: readonly Node[] | undefined): readonly (readonly string[])[] {
  return (nodes ?? []).flatMap((node) => {
    if ("List" in node) return [nameParts(node.List.items)];
    if ("TypeName" in node) return [nameParts(node.TypeName.names)];
    if ("ObjectWithArgs" in node) return [nameParts(node.ObjectWithArgs.objname)];
    return "String" in node ? [nameParts([node])] : [];
  });
}

/** A part of a parse tree; where it is a node, under the name of its type. */
type TreePart = Readonly<Record<string, unknown>>;

/** Every object below a parse tree, the tree itself first. */
export function walk(tree: unknown): readonly TreePart[] {
  const parts: TreePart[] = [];
  const stack: unknown[] = [tree];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== "object" || value === null) continue;
    const isList = Array.isArray(value);
    if (!isList) parts.push(value as TreePart);
    const children: readonly unknown[] = isList ? value : Object.values(value);
    for (let index = children.length - 1; index >= 0; index -= 1)
      if (typeof children[index] === "object") stack.push(children[index]);
  }
  return parts;
}

/** The same of a whole statement, which several ask for and which is walked through once. */
export function nodesOf(statement: Node): readonly TreePart[] {
  let nodes = walked.get(statement);
  if (!nodes) walked.set(statement, (nodes = walk(statement)));
  return nodes;
}

const walked = new WeakMap<Node, readonly TreePart[]>();

/** The column that an element of an index or of a partition key is, in parentheses or not; `undefined` for an expression. */
export function columnNamed({ name, expr }: { readonly name?: string; readonly expr?: Node }): string | undefined {
  return name ?? (expr && "ColumnRef" in expr ? nameParts(expr.ColumnRef.fields).at(-1) : undefined);
}

/** A constant as text: `1`, `2s`, `true`; `undefined` for what is no constant. */
export function constantText(node: Node | undefined): string | undefined {
  if (!node) return undefined;
  if ("TypeCast" in node) return constantText(node.TypeCast.arg);
  if ("String" in node) return node.String.sval ?? "";
  if ("Integer" in node) return String(node.Integer.ival ?? 0);
  if ("Float" in node) return node.Float.fval;
  if ("Boolean" in node) return String(node.Boolean.boolval ?? false);
  if (!("A_Const" in node)) return undefined;
  const { isnull, ival, fval, sval, boolval, bsval } = node.A_Const;
  if (isnull) return undefined;
  if (ival) return String(ival.ival ?? 0);
  if (boolval) return String(boolval.boolval ?? false);
  return sval ? (sval.sval ?? "") : (fval?.fval ?? bsval?.bsval);
}

/** The value of one option in a list such as `(fillfactor = 70)`, as text; `""` for an option without a value. */
export function optionValue(options: readonly Node[] | undefined, name: string): string | undefined {
  for (const option of options ?? []) {
    if (!("DefElem" in option) || option.DefElem.defname !== name) continue;
    const { arg } = option.DefElem;
    if (!arg) return "";
    if ("TypeName" in arg) return nameParts(arg.TypeName.names).join(".");
    if ("List" in arg) return nameParts(arg.List.items).join(".");
    return constantText(arg) ?? "";
  }
  return undefined;
}

/** Whether an option that is a switch is on: named without a value, or with one that PostgreSQL reads as true. */
export function isOptionOn(options: readonly Node[] | undefined, name: string): boolean {
  const value = optionValue(options, name);
  return value !== undefined && !/^(false|off|0|no)$/i.test(value);
}

/** Statements that are a query or hold one: each may have a `WITH`, and calls the functions that it names. */
export const queries = [
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CreateTableAsStmt",
] as const;

/** Whether a statement is one of these. */
export const isQuery = (node: Node): boolean => queries.some((kind) => kind in node);
