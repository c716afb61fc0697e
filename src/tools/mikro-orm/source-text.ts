/** A `/` after one of these begins a regular expression, not a division. */
const beforeExpression = /(?:^|[-+*%=<>&|^~!?:;,([{}]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))$/;

/**
 * JavaScript or TypeScript with comments and the insides of strings, templates and regular expressions blanked out:
 * every other character stays at its offset, so that brackets and words found here are code.
 */
export function maskSource(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  const blank = (from: number, to: number) => {
    parts.push(text.slice(copied, from), text.slice(from, to).replace(/[^\n]/g, " "));
    copied = to;
  };
  /** For each `${` that is open: how many braces were open outside it. */
  const templates: number[] = [];
  let depth = 0;
  const template = (from: number): number => {
    const end = endOfTemplate(text, from);
    blank(from, end);
    if (text[end] !== "$") return end + 1;
    templates.push(depth++);
    return end + 2;
  };

  const interesting = /[/'"`{}]/g;
  /** The code before the present character, as much as it takes to tell a division from a regular expression. */
  let code = "";
  let index = 0;
  while (index < text.length) {
    interesting.lastIndex = index;
    const at = interesting.exec(text)?.index ?? text.length;
    code =
      text
        .slice(Math.max(index, at - 200), at)
        .trimEnd()
        .slice(-12) || code;
    index = at + 1;
    const character = text[at];
    if (character === "/" && text[at + 1] === "/") {
      index = endOf(text, "\n", at);
      blank(at, index);
      continue;
    }
    if (character === "/" && text[at + 1] === "*") {
      index = Math.min(endOf(text, "*/", at + 2) + 2, text.length);
      blank(at, index);
      continue;
    }
    if (character === "'" || character === '"' || (character === "/" && beforeExpression.test(code))) {
      const end = endOfLiteral(text, at + 1, character);
      blank(at + 1, end);
      index = end + 1;
    } else if (character === "`" || (character === "}" && templates.at(-1) === depth - 1)) {
      if (character === "}") depth = templates.pop() as number;
      index = template(at + 1);
    } else if (character === "{") depth++;
    else if (character === "}") depth--;
    code = character ?? "";
  }
  parts.push(text.slice(copied));
  return parts.join("");
}

function endOf(text: string, what: string, from: number): number {
  const end = text.indexOf(what, from);
  return end < 0 ? text.length : end;
}

/** A string or regular expression ends with its line at the latest. */
function endOfLiteral(text: string, from: number, close: string): number {
  let inClass = false;
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (character === "\n") return index;
    if (character === "\\") index++;
    else if (close === "/" && character === "[") inClass = true;
    else if (close === "/" && character === "]") inClass = false;
    else if (character === close && !inClass) return index;
  }
  return text.length;
}

/** The offset of the closing backtick, or of the `${` that interrupts the template. */
function endOfTemplate(text: string, from: number): number {
  const special = /\\|`|\$\{/g;
  special.lastIndex = from;
  for (let match = special.exec(text); match; match = special.exec(text)) {
    if (match[0] !== "\\") return match.index;
    special.lastIndex = match.index + 2;
  }
  return text.length;
}

/** The offset after the bracket that closes the one at `open`, in masked source; the end of the text where none does. */
export function closingOffset(masked: string, open: number): number {
  const bracket = /[()[\]{}]/g;
  bracket.lastIndex = open;
  let depth = 0;
  for (let match = bracket.exec(masked); match; match = bracket.exec(masked)) {
    depth += "([{".includes(match[0]) ? 1 : -1;
    if (depth === 0) return match.index + 1;
  }
  return masked.length;
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
