import type { SyntaxNodeRef } from "@lezer/common";
import { parser } from "@lezer/python";
import { outline, parseWhole } from "../outline.ts";
import type { RevisionCode } from "../tool.ts";

const strict = parser.configure({ strict: true });

/** What a version file does, apart from comments, docstrings, annotations and layout. Runs nothing. */
export function revisionCode(text: string): RevisionCode | undefined {
  const tree = parseWhole(strict, text);
  if (tree === undefined) return undefined;
  const name = ({ node }: SyntaxNodeRef): string => {
    const found = node.getChild("VariableName");
    return found === null ? "" : text.slice(found.from, found.to);
  };
  const isDowngrade = (node: SyntaxNodeRef): boolean =>
    node.name === "FunctionDefinition" && node.node.parent?.name === "Script" && name(node) === "downgrade";
  const isIdle = (node: SyntaxNodeRef) => isDocstring(node) || isForTypes(node, text);
  return {
    all: outline(tree, text, isIdle, isOnlyBraced),
    up: outline(tree, text, (node) => isIdle(node) || isDowngrade(node), isOnlyBraced),
  };
}

/** Annotations, and what is imported for them. */
const isForTypes = (node: SyntaxNodeRef, text: string): boolean =>
  node.name === "TypeDef" ||
  (node.name === "ImportStatement" &&
    /^from\s+(?:typing|typing_extensions|collections\.abc|__future__)\s/.test(text.slice(node.from, node.to)));

/** Parentheses that a formatter sets or takes away. Between comparisons they mean something: `(a < b) < c`. */
function isOnlyBraced({ name, node }: SyntaxNodeRef): boolean {
  if (name === "ParenthesizedExpression") return node.parent?.name !== "BinaryExpression";
  // Of one alone the comma would not be seen.
  const isOne = node.getChildren(",").length === 1 && node.lastChild?.prevSibling?.name === ",";
  return name === "TupleExpression" && node.parent?.name === "ReturnStatement" && !isOne;
}

/** A string that is a statement by itself does nothing. */
function isDocstring(node: SyntaxNodeRef): boolean {
  if (node.name !== "ExpressionStatement") return false;
  const { firstChild, lastChild } = node.node;
  return firstChild?.name === "String" && firstChild.to === lastChild?.to;
}
