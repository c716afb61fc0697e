import { isSecretName } from "./secret-names.ts";
import { withoutPasswords } from "./without-passwords.ts";

/**
 * A text of Python or TypeScript, on one line or of several, and the name that it is given to. One that does not end, as after
 * an apostrophe in a comment, ends with its line, or with all, so that nothing is looked through twice.
 */
const given =
  /(?<before>(?<name>\b\w{1,80})\s{0,9}[:=]\s{0,9}|)(?:(?<open>"""|'''|`)(?<lines>(?:\\(?:[^]|$)|(?!\k<open>)[^\\])*)(?:\k<open>|$)|(?<quote>["'])(?<line>(?:\\(?:[^]|$)|(?!\k<quote>)[^\\\n])*)(?:\k<quote>|(?=\n)|$))/g;

/**
 * Code to be shown, without what can be known to be a secret in the SQL that its texts hold, or by the name of what a text is
 * given to.
 * @throws Error when `loadParser` was not awaited before
 */
export function codeWithoutPasswords(code: string): string {
  return code.replace(given, (...matched) => {
    const [whole] = matched as [string];
    const { before = "", name = "", open, lines, quote, line } = matched.at(-1) as Partial<Record<string, string>>;
    const text = lines ?? line ?? "";
    const shown = isSecretName(name) && text !== "" ? "***" : withoutPasswords(text);
    const begins = before.length + (open ?? quote ?? "").length;
    return whole.slice(0, begins) + shown + whole.slice(begins + text.length);
  });
}
