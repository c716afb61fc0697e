import type { StepFailure } from "../sessions/session.ts";

/** Stands where a value was. */
const hidden = "…";

/**
 * A failure as it may be shown: the server's messages about data quote values, which may come from rows of the dump that the
 * project starts from. What the project's migrations say is in the repository already and stays; the rest is hidden.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 * @param ownText what the migrations say, read when it is needed
 */
export function inOwnWords(failure: StepFailure, ownText: () => string): StepFailure {
  const { sqlState = "", message, statement = "" } = failure;
  if (!/^(?:2[23]|P0)/.test(sqlState)) return failure;
  const own = `${ownText()}\n${statement}`;
  // What a routine raises is worded by whoever wrote it, under any of these codes.
  if (/^P000[14]/.test(sqlState) || /\braise\b[^;]*\berrcode\b/i.test(own))
    return { ...failure, message: knownWords(message, own) };
  return sqlState.startsWith("22") ? { ...failure, message: withoutValues(message, own) } : failure;
}

/** Behind these words the server quotes a name; elsewhere a value, which may hold quotation marks. */
const quotedName =
  /\b(?:column|constraint|database|domain|encoding|function|index|operator|parameter|relation|role|schema|sequence|table|type)\s"[^"]*"/;
const nameOrValue = new RegExp(`${quotedName.source}|"(.*)"`, "gs");

const withoutValues = (message: string, own: string): string =>
  message.replace(nameOrValue, (quoted, inner: string | undefined) =>
    inner === undefined || own.includes(inner) ? quoted : `"${hidden}"`,
  );

const word = /[^\s'"`()[\]{},;:!?]+/g;
const wordsOf = (text: string): readonly string[] => (text.match(word) ?? []).map((one) => one.replace(/\.+$/, ""));

/** Keeps the words that occur in the migrations. */
function knownWords(message: string, own: string): string {
  const known = new Set(wordsOf(own));
  return message
    .split(/(\s+)/)
    .map((part) => (wordsOf(part).every((one) => known.has(one)) ? part : hidden))
    .join("")
    .replaceAll(/…(?:\s+…)+/g, hidden);
}
