import { plainLine, plainText } from "./plain-text.ts";

// GitHub reads Markdown first and then looks for mentions, issue numbers, commits, emoji and addresses in the text that came
// out, so that encoding a character keeps none of them away; only what is in <code> or <pre> is left alone. Everything from a
// repository therefore goes into HTML, where no Markdown is read, and all of it but plain words into <code>.

/** Text as HTML shows it. */
const encoded = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text on one line, cut to a number of characters. */
function line(text: string, limit: number): string {
  const whole = plainLine(text.slice(0, limit)).replaceAll("\t", " ");
  return text.length > limit ? `${whole}…` : whole;
}

/**
 * A name or a path: text from a stranger on one line, as HTML in which nothing of it is read.
 * @param limit cut to this many characters
 */
export function code(text: string, limit = 300): string {
  return `<code>${encoded(line(text, limit)) || " "}</code>`;
}

/** What a sentence consists of: words of letters, and short numbers, with the marks around them. */
const plainWord =
  /^[("']{0,2}(?:\p{L}{1,40}(?:[-'/]\p{L}{1,40}){0,3}|\d{1,6}(?:[.,]\d{1,6})?)["']?[.,;:!?)]{0,3}["']?$/u;
/** A commit's name can be made of letters alone, and stand behind a letter that is none of ASCII's. */
const likeCommit = /[0-9a-f]{7}/i;
/** A name in backticks, what ends a sentence behind it, or a word; with the white space before it. */
const token = /(\s*)(?:`([^`]+)`(?=[\s.,;:!?)]|$)|((?<=`)[.,;:!?)]{1,3}(?=\s|$))|(\S+))/g;

/**
 * A sentence that may quote names which strangers chose, as HTML: its plain words as they are, all else in `<code>`.
 * @param limit cut to this many characters
 */
export function prose(text: string, limit = 1_000): string {
  const parts: { readonly odd: boolean; readonly space: string; text: string }[] = [];
  for (const [, before, quoted, end, word = ""] of line(text, limit).matchAll(token)) {
    const space = before ? " " : "";
    const odd = end === undefined && (quoted !== undefined || !plainWord.test(word) || likeCommit.test(word));
    const last = parts.at(-1);
    if (quoted === undefined && last?.odd === odd) last.text += space + word;
    else parts.push({ odd, space, text: quoted ?? end ?? word });
  }
  return parts
    .map(({ odd, space, text }, index) => (index > 0 ? space : "") + (odd ? oddWords(text) : encoded(text)))
    .join("");
}

/** What ends a sentence or a parenthesis is no part of the name before it. */
function oddWords(text: string): string {
  const [, words = text, end = ""] = /^(.*[^.,;:])([.,;:]+)$/s.exec(text) ?? [];
  const closes = words.length > 1 && words.endsWith(")") && !words.includes("(");
  return code(closes ? words.slice(0, -1) : words, Infinity) + (closes ? ")" : "") + end;
}

/** A fenced block that its content cannot end: the fence is longer than any run of backticks in it. */
export function fence(text: string, language: "text" | "sql" | "python" | "typescript" | "mermaid" | "diff"): string {
  const content = plainText(text).replace(/(?<!\n)\n+$/, "");
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${content}\n${ticks}`;
}

/**
 * A finding's text, whose sentences may be followed by a list, and at its end by SQL or commands on lines of their own, as
 * blocks of HTML and fences.
 * @param limit cut to this many characters
 */
export function paragraphs(text: string, limit: number): readonly string[] {
  const isCut = text.length > limit;
  const lines = plainText(text.slice(0, limit)).split("\n");
  const blocks: string[] = [];
  let items: string[] = [];
  const endList = () => {
    if (items.length > 0) blocks.push(`<ul>\n${items.join("\n")}\n</ul>`);
    items = [];
  };
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("- ")) {
      items.push(`<li>${prose(line.slice(2), limit)}</li>`);
      continue;
    }
    endList();
    const statement = /^Statement: (.*)/.exec(line)?.[1];
    if (line.trim() !== "") blocks.push(`<p>${statement === undefined ? prose(line, limit) : "Statement:"}</p>`);
    const following = lines.slice(index + 1);
    const next = following.findIndex((one) => one.trim() !== "");
    const rest = statement === undefined ? following.slice(next) : [statement, ...following];
    // Behind an empty line only what looks like SQL is code, and what a tool is to be told.
    const isCode = next === 0 ? !rest[0]?.startsWith("- ") : toolCode.test(line) || isSql.test(rest[0] ?? "");
    if (statement === undefined && !(line.trimEnd().endsWith(":") && next !== -1 && isCode)) continue;
    // A statement may hold anything; what is ours ends where words begin again.
    const isWords = (one: string, at: number) => statement === undefined && rest[at - 1] === "" && sentence.test(one);
    const at = rest.findIndex((one, index) => toolCode.test(one) || isWords(one, index));
    const own = at === -1 ? rest : rest.slice(0, at);
    blocks.push(fence(own.join("\n"), languageOf(line, own[0] ?? "")));
    if (at !== -1) blocks.push(...paragraphs(rest.slice(at).join("\n"), Infinity));
    break;
  }
  endList();
  return isCut ? [...blocks, "<p>(cut)</p>"] : blocks;
}

/** What stands before the same advice as a migration's code. */
export const toolCode = /^With (?:(?<python>Alembic)|MikroORM)\b[^:`]*:$/;

/** Neither SQL nor a program begins and ends like this. */
const sentence = /^[A-Z][a-z]+ .*[.:]$/;

function languageOf(heading: string, first: string): "python" | "typescript" | "sql" | "text" {
  const tool = toolCode.exec(heading);
  if (tool) return tool.groups?.["python"] === undefined ? "typescript" : "python";
  return isSql.test(first) ? "sql" : "text";
}

/** Ours is in capitals; a command is not. */
const isSql = /^\s*(?:[A-Z]{2,}\b|--)/;

/**
 * A place in a file, as a link where it is known where the files are.
 * @param sourceUrl the address below which the files are, encoded
 */
export function place(file: string, line: number | undefined, sourceUrl: string | undefined): string {
  const shown = code(line === undefined ? file : `${file}:${line}`);
  const segments = file.split("/");
  // A browser would take such a segment as a step, and lead elsewhere.
  if (sourceUrl === undefined || segments.some((segment) => /^\.{0,2}$/.test(segment) || !segment.isWellFormed()))
    return shown;
  const path = segments.map((segment) => encodeURIComponent(segment).replaceAll("'", "%27")).join("/");
  return `<a href="${sourceUrl}/${path}${line === undefined ? "" : `#L${line}`}">${shown}</a>`;
}
