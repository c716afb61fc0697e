import type { SyntaxNodeRef } from "@lezer/common";
import { parser } from "@lezer/javascript";
import { outline, parseWhole } from "../outline.ts";
import type { RevisionCode } from "../tool.ts";

const typescript = parser.configure({ dialect: "ts", strict: true });

/** What a migration's module does, apart from comments and layout. Runs nothing. */
export function revisionCode(text: string): RevisionCode | undefined {
  const tree = parseWhole(typescript, text);
  if (tree === undefined) return undefined;
  const isDown = (node: SyntaxNodeRef): boolean => {
    if (node.name !== "MethodDeclaration") return false;
    const name = node.node.getChild("PropertyDefinition");
    return name !== null && text.slice(name.from, name.to) === "down";
  };
  return { all: outline(tree, text), up: outline(tree, text, isDown) };
}
