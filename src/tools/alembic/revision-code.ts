import type { SyntaxNodeRef } from "@lezer/common";
import { parser } from "@lezer/python";
import { outline } from "../outline.ts";
import type { RevisionCode } from "../tool.ts";

/** What a version file does, apart from comments, docstrings and layout. Runs nothing. */
export function revisionCode(text: string): RevisionCode | undefined {
  const tree = parser.parse(text);
  const name = ({ node }: SyntaxNodeRef): string => {
    const found = node.getChild("VariableName");
    return found === null ? "" : text.slice(found.from, found.to);
  };
  const isDowngrade = (node: SyntaxNodeRef): boolean =>
    node.name === "FunctionDefinition" && node.node.parent?.name === "Script" && name(node) === "downgrade";
  const all = outline(tree, text, isDocstring);
  const up = outline(tree, text, (node) => isDocstring(node) || isDowngrade(node));
  return all === undefined || up === undefined ? undefined : { all, up };
}

/** A string that is a statement by itself does nothing. */
function isDocstring(node: SyntaxNodeRef): boolean {
  if (node.name !== "ExpressionStatement") return false;
  const { firstChild, lastChild } = node.node;
  return firstChild?.name === "String" && firstChild.to === lastChild?.to;
}
