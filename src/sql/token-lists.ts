import type { Token } from "./parser.ts";
import { isPlainConstant } from "./plain-constants.ts";

/** The words of a text, and where each parenthesis and each CASE ends, by the places of both among them. */
export interface Scanned {
  readonly tokens: readonly Token[];
  readonly closings: ReadonlyMap<number, number>;
}

/** Where each parenthesis, and each CASE, ends that does. */
export function closings(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const open: number[] = [];
  const found = new Map<number, number>();
  const isCase = (at: number | undefined): boolean => at !== undefined && tokens[at]?.text !== "(";
  for (const [at, { text }] of tokens.entries()) {
    if (text === "(" || /^case$/i.test(text)) open.push(at);
    if (text === ")") while (isCase(open.at(-1))) open.pop();
    const opened = text === ")" || (/^end$/i.test(text) && isCase(open.at(-1))) ? open.pop() : undefined;
    if (opened !== undefined) found.set(opened, at);
  }
  return found;
}

const endsExpression = /^(?:[,;)]|:=|where|from|returning|and|or|then|on|limit|order|union|insert|select|values)$/i;

/** Where an expression ends that begins there, one past its last word; what is in parentheses does not end it, unless they stay open. */
export function endOfExpression({ tokens, closings }: Scanned, from: number): number {
  let at = from;
  while (at < tokens.length && !endsExpression.test(tokens[at]?.text ?? "")) {
    const closing = closings.get(at);
    // To look through the rest behind each of many would take for ever.
    if (closing === undefined && tokens[at]?.text === "(") return at + 1;
    at = (closing ?? at) + 1;
  }
  return at;
}

/** The items of a list behind its first word, separated by commas: where each begins, and one past where it ends. */
export function listItems(scanned: Scanned, before: number): readonly (readonly [start: number, end: number])[] {
  const items: (readonly [number, number])[] = [];
  for (let start = before + 1; ;) {
    const end = endOfExpression(scanned, start);
    items.push([start, end]);
    if (scanned.tokens[end]?.text !== ",") return items;
    start = end + 1;
  }
}

/** The place of such a word among the next ones: a name has up to three parts, and an alias behind it. */
export function soon(tokens: readonly Token[], from: number, wanted: RegExp): number | undefined {
  const found = tokens.slice(from, from + 8).findIndex(({ text }) => wanted.test(text));
  return found < 0 ? undefined : from + found;
}

/** The constants of an expression, but for those that say how it is made. */
export const constantsIn = (tokens: readonly Token[], start: number, end: number): readonly Token[] =>
  tokens.slice(start, end).filter(({ isConstant }, at) => isConstant && !isPlainConstant(tokens, start + at));

/** What a constant in quotes holds, as it is written there. */
export const constantValue = (token: Token | undefined): string | undefined =>
  token?.isConstant ? /^e?'(.*)'$/is.exec(token.text)?.[1] : undefined;
