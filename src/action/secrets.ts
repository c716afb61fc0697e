/**
 * Every spelling in which a connection string's secret could turn up in a log: the whole string, and its password as it is
 * written and as it is meant.
 */
export function secretsOf(databaseUrl: string): readonly string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*?:(.*)@/is.exec(databaseUrl)?.[1];
  const parameters = [...databaseUrl.matchAll(/[?&\s]password\s*=\s*('(?:[^'\\]|\\.)*'|[^&\s]+)/gi)].map(
    ([, value = ""]) => value.replace(/^'(.*)'$/s, "$1"),
  );
  const passwords = [written, ...parameters].filter((password) => password !== undefined && password !== "");
  const spellings = passwords.flatMap((password = "") => [password, decoded(password), encodeURIComponent(password)]);
  return [...new Set([databaseUrl, ...spellings])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
