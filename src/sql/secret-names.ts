/**
 * Whether something of this name holds a secret: a column, a variable, a setting, an option. The end of a name says what it
 * is: `token` is one, `token_type` is not; `password_hash` can be tried out.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll('"', "")
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .toLowerCase();
  return secretName.test(words) && !isQuestion.test(words);
}

/** Whether it is known of what is given to a secret that it is none: nothing, a flag, or how something is encoded or hashed. */
export const isPlainValue = (value: string): boolean =>
  value.length < 3 ? /^(?:[^a-z0-9]*|[01tfyn]|no|on)$/i.test(value) : plainValue.test(value);

const plainValue =
  /^(?:true|false|yes|off|null|none|default|enabled|disabled|hex|base64|escape|utf-?8|sql_ascii|md5|sha(?:1|224|256|384|512)|bf|des|xdes)$/i;

/** `must_change_password` and the like hold an answer. */
const isQuestion =
  /^(?:is|has|had|needs?|must|should|can|may|requires?|required|allows?|uses?|shows?|hides?|enables?|disables?|forces?)_/;

const secretName =
  /(?:^|[^a-z0-9])(?:pass|pw|pwd|token|credentials?|\w*(?:password|passwd|passphrase|secret)|\w*(?:api|access|auth|secret|private|encryption|signing|master|service)_?(?:key|token))(?:_?(?:hash|digest|value|plain|\d+))?$/;

/** Whether a text may hold a secret at all, by its names or by the forms of well-known ones: the rest need not be looked through. */
export const mayHoldSecret = (sql: string): boolean =>
  /pass|pwd|\bpw\b|secret|token|credential|_?key\b|crypt\(|hmac\(|:\/\/|bearer |basic |eyJ|PRIVATE KEY|AKIA|ASIA|gh[pousr]_|glpat-|xox[abeoprs]-|\b[sr]k[_-]|AIza|npm_|SG\./i.test(
    sql,
  );

/** What these services give out is told by its form. */
const wellKnown = [
  /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]+/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|npm_[A-Za-z0-9]{30,255})/g,
  /(?<![A-Za-z0-9_])(?:xox[abeoprs]-[\w-]{10,255}|[sr]k_(?:live|test)_\w{10,255}|sk-[\w-]{20,255}|AIza[\w-]{30,255})/g,
  /(?<![A-Za-z0-9_])SG\.[\w-]{16,64}\.[\w-]{16,64}/g,
  /(?<![A-Za-z0-9_])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,4096}\.[\w-]{1,4096}/g,
  /(?<=\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC) )(?=[\w.~+/-]*(?:[0-9=]|[a-z][A-Z]))[\w.~+/=-]{12,4096}/g,
  // In words: `password: x1`.
  /(?<=\b(?:password|passwd|pwd|passphrase)\s{0,3}[:=]\s{0,3})(?=[^\s'"]*[\d!#$%&?@^~])[^\s'",;:=*)]{4,255}/gi,
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:'"]{0,255}:)[^\s/@'"]{1,255}(?=@)/gi,
];

/**
 * A text that is not SQL, without secrets of well-known forms, without passwords of connection strings, and without what a
 * JSON document in it has under the name of one.
 */
export function withoutWellKnownSecrets(text: string): string {
  const masked = wellKnown.reduce((rest, form) => rest.replace(form, "***"), withoutPasswordPairs(text));
  return masked.replace(
    /("([^"\\\s]{1,80})"\s*:\s*")((?:[^"\\]|\\.){1,4096})(?=")/g,
    (whole, before: string, name: string, value: string) =>
      isSecretName(name) && !isPlainValue(value) ? `${before}***` : whole,
  );
}

/** A text without the passwords of connection strings: https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING */
export const withoutPasswordPairs = (text: string): string => text.replace(passwordPair, maskPair);

const passwordPair =
  /(?<![\w$])((?:ssl)?password)(?:(\s*=\s*)(?:''(?:[^'\\]|\\[^])*''|('(?:[^']|'')*'))|=(?!>)[^\s';,)]+)/gi;

const maskPair = (_: string, name: string, sign = "=", constant?: string): string =>
  `${name}${sign}${constant === undefined ? "***" : "'***'"}`;
