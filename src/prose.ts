/** A number with its noun: `1 revision`, `2 revisions`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Names in a sentence, of very many only the first: `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[], most = 10): string {
  if (names.length > most + 1) return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
  return joined(names, "and");
}

/** Choices in a sentence: `a`, `a or b`, `a, b or c`. */
export const either = (choices: readonly string[]): string => joined(choices, "or");

const joined = (names: readonly string[], word: "and" | "or"): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;

/** The first of many sentences, and how many there are beside them. */
export const firstOf = (sentences: readonly string[], most = 8): readonly string[] =>
  sentences.length > most ? [...sentences.slice(0, most), `and ${sentences.length - most} more`] : sentences;

/** A moment as people read it, `2026-11-27 01:16:24 UTC`. @param iso as `Date.toISOString` writes it */
export const moment = (iso: string): string => iso.replace("T", " ").replace(/(?:\.\d+)?Z$/, " UTC");
