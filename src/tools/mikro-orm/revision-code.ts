import type { SyntaxNodeRef } from "@lezer/common";
import { parser } from "@lezer/javascript";
import { outline } from "../outline.ts";
import type { RevisionCode } from "../tool.ts";

const typescript = parser.configure({ dialect: "ts" });

/** What a migration's module does, apart from comments and layout. Runs nothing. */
export function revisionCode(text: string): RevisionCode | undefined {
  const tree = typescript.parse(text);
  const isDown = (node: SyntaxNodeRef): boolean => {
    if (node.name !== "MethodDeclaration") return false;
    const name = node.node.getChild("PropertyDefinition");
    return name !== null && text.slice(name.from, name.to) === "down";
  };
  const all = outline(tree, text);
  const up = outline(tree, text, isDown);
  return all === undefined || up === undefined ? undefined : { all, up };
}
