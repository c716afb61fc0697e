import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;

/** What a reader of rendered Markdown gets, and what GitHub looks at after rendering. */
export interface Rendered {
  readonly elements: readonly { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[];
  /** The text of every `<pre>`, in order. */
  readonly blocks: readonly string[];
  /** The pieces of text that are in no `<code>`, `<pre>` or `<a>`: in these GitHub looks for mentions, numbers and commits. */
  readonly open: readonly string[];
  readonly text: string;
  readonly comments: readonly string[];
}

/** Renders as GitHub does before it looks for mentions and the like; HTML is left in, so that it would be seen. */
export function render(markdown: string): Rendered {
  const html = micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const blocks: string[] = [];
  const open: string[] = [];
  const comments: string[] = [];
  let text = "";
  const walk = (nodes: readonly Node[], closed: boolean): void => {
    for (const node of nodes) {
      if (node.nodeName === "#comment" && "data" in node) comments.push(node.data);
      if (node.nodeName === "#text" && "value" in node) {
        text += node.value;
        if (!closed && node.value.trim()) open.push(node.value);
      }
      if (!("tagName" in node)) continue;
      const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
      elements.push({ name: node.tagName, attributes });
      const before = text.length;
      walk(node.childNodes, closed || ["code", "pre", "a"].includes(node.tagName));
      if (node.tagName === "pre") blocks.push(text.slice(before));
    }
  };
  walk(parseFragment(html).childNodes, false);
  return { elements, blocks, open, text, comments };
}
