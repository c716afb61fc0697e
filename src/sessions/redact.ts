const urlWithCredentials = /([a-z][a-z0-9+.-]{0,40}:\/\/)[^\s/@"'`]*@[^\s"'`<>]*/gi;
const postgresUrl = /\b((?:jdbc:)?postgres(?:ql)?(?:\+\w+)?:\/\/)[^\s"'`<>]*/gi;
const passwordPair = /\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)(?:'[^']*'|"[^"]*"|[^\s,;)&]+)/gi;

/**
 * Takes connection strings and passwords out of text that other people's code wrote, before it is shown.
 * `secrets` are values that must not appear in any spelling.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let result = text.replace(urlWithCredentials, "$1***").replace(postgresUrl, "$1***").replace(passwordPair, "$1$2***");
  for (const secret of secrets) {
    // A one-letter password would turn every message into asterisks and tell its length all the same.
    if (secret.length >= 4) result = result.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
  }
  return result;
}
