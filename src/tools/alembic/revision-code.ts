import type { SyntaxNodeRef } from "@lezer/common";
import { parser } from "@lezer/python";
import { outline, parseWhole } from "../outline.ts";
import type { RevisionCode } from "../tool.ts";

const strict = parser.configure({ strict: true });

/** What a version file does, apart from comments, docstrings and layout. Runs nothing. */
export function revisionCode(text: string): RevisionCode | undefined {
  const tree = parseWhole(strict, text);
  if (tree === undefined) return undefined;
  const name = ({ node }: SyntaxNodeRef): string => {
    const found = node.getChild("VariableName");
    return found === null ? "" : text.slice(found.from, found.to);
  };
  const isDowngrade = (node: SyntaxNodeRef): boolean =>
    node.name === "FunctionDefinition" && node.node.parent?.name === "Script" && name(node) === "downgrade";
  return {
    all: outline(tree, text, isDocstring),
    up: outline(tree, text, (node) => isDocstring(node) || isDowngrade(node)),
  };
}

/** A string that is a statement by itself does nothing. */
function isDocstring(node: SyntaxNodeRef): boolean {
  if (node.name !== "ExpressionStatement") return false;
  const { firstChild, lastChild } = node.node;
  return firstChild?.name === "String" && firstChild.to === lastChild?.to;
}
