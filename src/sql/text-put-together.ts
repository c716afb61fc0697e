import { identifierText } from "./identifier-text.ts";
import { parseTrees } from "./parser.ts";
import { quoteLiteral } from "./quote-identifier.ts";
import { constantText, nameParts, type Node } from "./syntax.ts";

/** The values of the variables of a block that are known. */
export type KnownValues = ReadonlyMap<string, string>;

/** The text that an SQL expression makes of constants and of variables whose value is known, as `format('DROP TABLE %I', 'boats')`. */
export function textPutTogether(sql: string, values: KnownValues): string | undefined {
  const node = onlyTarget(sql);
  return node && textOf(node, values);
}

/** The texts of `ARRAY['a', 'b']`. */
export function textsOfArray(sql: string, values: KnownValues): readonly string[] | undefined {
  const node = onlyTarget(sql);
  const array = node && "TypeCast" in node ? node.TypeCast.arg : node;
  if (!array || !("A_ArrayExpr" in array)) return undefined;
  return all(array.A_ArrayExpr.elements, values);
}

function onlyTarget(sql: string): Node | undefined {
  const parsed = parseTrees(`SELECT ${sql}`);
  const node = parsed.kind === "parsed" && parsed.statements.length === 1 ? parsed.statements[0]?.node : undefined;
  if (!node || !("SelectStmt" in node)) return undefined;
  const [target, second] = node.SelectStmt.targetList ?? [];
  return target && !second && "ResTarget" in target ? target.ResTarget.val : undefined;
}

function textOf(node: Node | undefined, values: KnownValues): string | undefined {
  if (!node) return undefined;
  if ("TypeCast" in node) return textOf(node.TypeCast.arg, values);
  if ("ColumnRef" in node) {
    const [name, more] = nameParts(node.ColumnRef.fields);
    return name === undefined || more !== undefined ? undefined : values.get(name);
  }
  if ("A_Expr" in node) {
    const parts = nameParts(node.A_Expr.name).join() === "||" ? [node.A_Expr.lexpr, node.A_Expr.rexpr] : [undefined];
    return all(parts, values)?.join("");
  }
  if (!("FuncCall" in node)) return constantText(node);
  const { funcname, args = [] } = node.FuncCall;
  const name = nameParts(funcname).at(-1);
  const [first] = args;
  if (name === "concat") return all(args, values)?.join("");
  const text = textOf(first, values);
  if (text === undefined) return undefined;
  if (name === "quote_ident") return identifierText(text);
  if (name === "quote_literal") return quoteLiteral(text);
  return name === "format" ? formatted(text, args.slice(1), values) : undefined;
}

function all(nodes: readonly (Node | undefined)[] | undefined, values: KnownValues): readonly string[] | undefined {
  const texts = nodes?.map((node) => textOf(node, values));
  return texts?.every((text) => text !== undefined) ? texts : undefined;
}

/** https://www.postgresql.org/docs/18/functions-string.html#FUNCTIONS-STRING-FORMAT, without widths. */
function formatted(template: string, args: readonly Node[], values: KnownValues): string | undefined {
  let next = 0;
  let known = true;
  const text = template.replaceAll(
    /%(?:(\d+)\$)?([sIL%])?/g,
    (_, position: string | undefined, kind: string | undefined) => {
      if (kind === "%") return "%";
      if (position !== undefined) next = Number(position) - 1;
      const value = textOf(args[next++], values);
      known &&= kind !== undefined && value !== undefined;
      return value === undefined
        ? ""
        : kind === "I"
          ? identifierText(value)
          : kind === "L"
            ? quoteLiteral(value)
            : value;
    },
  );
  return known ? text : undefined;
}
