import type { Parser, SyntaxNodeRef, Tree } from "@lezer/common";

/** Text inside these counts as it is written; anywhere else blanks only separate. */
const verbatim = /String|Template|RegExp|Regexp/;

/** Which quotes a string has does not matter, nor Python's `u` before them, unless something in it depends on the quotes. */
const plainString = /^[uU]?(["'])([^"'\\\n]*)\1$/;

/** A line of a text of several that is a comment to PostgreSQL, and nothing to anybody else. */
const sqlCommentLine = /(?<=\n)[ \t]*--[ \t][^\n]*\n/g;

/** Longer texts, in UTF-16 code units, are not parsed: nobody wrote them, and somebody may have made them to be slow. */
const longest = 1_000_000;

/**
 * A program's syntax tree; `undefined` where the text is no program that the parser understands whole, or too long to try.
 * @param parser one that is strict
 */
export function parseWhole(parser: Parser, text: string): Tree | undefined {
  // Outlines mark their parts with it.
  if (text.length > longest || text.includes("\0")) return undefined;
  try {
    return parser.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Asks something of a part of a program, of the larger before those inside it. */
type Asked = (node: SyntaxNodeRef) => boolean;

/**
 * A program's structure and words as one text, without its comments, its layout and the parts that are left out. Programs with
 * the same outline do the same.
 * @param isOnlyBraced whether a part is what is between its parentheses, and no more
 */
export function outline(
  tree: Tree,
  text: string,
  isLeftOut: Asked = () => false,
  isOnlyBraced: Asked = () => false,
): string {
  const parts: string[] = [];
  let at = 0;
  let literals = 0;
  const copyTo = (end: number): void => {
    const between = text.slice(at, end);
    parts.push(literals > 0 ? between.replaceAll(sqlCommentLine, "") : between.replaceAll(/\s+/g, ""));
    at = end;
  };
  tree.iterate({
    enter: (node) => {
      copyTo(node.from);
      const { parent } = node.node;
      const isBrace = (node.name === "(" || node.name === ")") && parent !== null && isOnlyBraced(parent);
      if (isComment(node) || isTrailingComma(node) || isBrace || isLeftOut(node)) {
        at = node.to;
        return false;
      }
      if (isOnlyBraced(node)) return true;
      const [, , content] = (node.name === "String" && plainString.exec(text.slice(node.from, node.to))) || [];
      if (content !== undefined) {
        parts.push(`\0String\0${content}\0`);
        at = node.to;
        return false;
      }
      if (verbatim.test(node.name)) literals++;
      parts.push(`\0${node.name}\0`);
      return true;
    },
    leave: (node) => {
      copyTo(node.to);
      if (isOnlyBraced(node)) return;
      if (verbatim.test(node.name)) literals--;
      parts.push("\0");
    },
  });
  return parts.join("");
}

/** Whether a program of this outline may do one thing or another; where it is not known, it may. */
export const branches = (program: string | undefined): boolean =>
  program === undefined ||
  /\0(?:(?:If|For|While|Do|Try|Match|Switch)Statement|(?:Conditional|Binary|\w*Comprehension)Expression)\0/.test(
    program,
  );

const isComment = ({ name }: Pick<SyntaxNodeRef, "name">): boolean => name.endsWith("Comment");

/** A comma behind the last of several things says nothing; alone, or behind another one, it does. */
function isTrailingComma(comma: SyntaxNodeRef): boolean {
  if (comma.name !== ",") return false;
  let next = comma.node.nextSibling;
  while (next !== null && isComment(next)) next = next.nextSibling;
  let before = comma.node.prevSibling;
  while (before !== null && isComment(before)) before = before.prevSibling;
  return next !== null && /^[)\]}]$/.test(next.name) && before !== null && !/^[([{,]$/.test(before.name);
}
