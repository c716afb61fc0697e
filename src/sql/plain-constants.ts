import type { Token } from "./parser.ts";
import { isPlainValue, isSecretName } from "./secret-names.ts";

/**
 * Whether a constant within what is given to a secret is none itself: a flag, the key that is taken out of a document, what
 * another column is compared with, the name of a setting or of a format. Who reviews the statement has to see these.
 */
export function isPlainConstant(tokens: readonly Token[], at: number): boolean {
  const [before, left] = [tokens[at - 1]?.text ?? "", tokens[at - 2]];
  if (isPlainValue(contentOf(tokens[at]?.text ?? "")) || keyOperator.test(before)) return true;
  if (comparison.test(before) && left !== undefined && !isSecretName(contentOf(left.text)))
    return left.isName || left.isConstant;
  const routine = routineAround(tokens, at);
  return takesNames.test(routine) || (takesPaths.test(routine) && path.test(tokens[at]?.text ?? ""));
}

const contentOf = (text: string): string => /^e?'(.*)'$/is.exec(text)?.[1] ?? text;

/** https://www.postgresql.org/docs/18/functions-json.html */
const keyOperator = /^(?:->>?|#>>?|#?-|\?[|&]?)$/;
const comparison = /^(?:=|<>|!=|~~?\*?|i?like)$/i;
const takesNames =
  /^(?:gen_salt|current_setting|nextval|to_char|to_date|date_trunc|date_part|jsonb?_extract_path(?:_text)?|jsonb_exists)$/i;
const takesPaths = /^jsonb_(?:set|set_lax|insert)$/i;
const path = /^'\{[\w, ]*\}'$/;

/** The name of the function that has this among its arguments; of a long list nothing is known. */
function routineAround(tokens: readonly Token[], from: number): string {
  for (let at = from - 1, depth = 0; at >= Math.max(0, from - 24); at--) {
    const { text = "" } = tokens[at] ?? {};
    if (text === ")") depth++;
    if (text === "(" && depth-- === 0) return tokens[at - 1]?.text ?? "";
  }
  return "";
}
