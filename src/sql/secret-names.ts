/**
 * Whether something of this name holds a secret: a column, a variable, a setting, an option. The end of a name says what it
 * is: `token` is one, `token_type` is not; `password_hash` can be tried out.
 */
export const isSecretName = (name: string): boolean =>
  secretName.test(
    name
      .replaceAll('"', "")
      .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
      .toLowerCase(),
  );

const secretName =
  /(?:^|[^a-z0-9])(?:pass|pw|pwd|token|credentials?|\w*(?:password|passwd|passphrase|secret)|\w*(?:api|access|auth|secret|private|encryption|signing|master|service)_?(?:key|token))(?:_?(?:hash|digest|value|plain|\d+))?$/;

/** Whether a text may hold a secret at all, by its names or by the forms of well-known ones: the rest need not be looked through. */
export const mayHoldSecret = (sql: string): boolean =>
  /pass|pwd|\bpw\b|secret|token|credential|_?key\b|crypt\(|hmac\(|:\/\/|bearer |basic |eyJ|PRIVATE KEY|AKIA|ASIA|gh[pousr]_|glpat-|xox[abeoprs]-|\b[sr]k[_-]|AIza|npm_|SG\./i.test(
    sql,
  );

/** What these services give out is told by its form, wherever it stands. */
const wellKnown = [
  /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]+/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|npm_[A-Za-z0-9]{30,255})/g,
  /(?<![A-Za-z0-9_])(?:xox[abeoprs]-[\w-]{10,255}|[sr]k_(?:live|test)_\w{10,255}|sk-[\w-]{20,255}|AIza[\w-]{30,255})/g,
  /(?<![A-Za-z0-9_])SG\.[\w-]{16,64}\.[\w-]{16,64}/g,
  /(?<![A-Za-z0-9_])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,4096}\.[\w-]{1,4096}/g,
  /(?<=\b(?:bearer|basic) )[\w.~+/=-]{12,4096}/gi,
  // In words: `password: x1`.
  /(?<=\b(?:password|passwd|pwd|passphrase)\s{0,3}[:=]\s{0,3})(?=[^\s'"]*[\d!#$%&?@^~])[^\s'",;:=*)]{4,255}/gi,
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:'"]{0,255}:)[^\s/@'"]{1,255}(?=@)/gi,
];

/** A text without secrets of well-known forms, and without what a JSON document in it has under the name of one. */
export function withoutWellKnownSecrets(text: string): string {
  const masked = wellKnown.reduce((rest, form) => rest.replace(form, "***"), text);
  return masked.replace(
    /("([^"\\\s]{1,80})"\s*:\s*")((?:[^"\\]|\\.){1,4096})(?=")/g,
    (whole, before: string, name: string) => (isSecretName(name) ? `${before}***` : whole),
  );
}
