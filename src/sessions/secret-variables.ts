const secretName =
  /token|secret|passw(?:or)?d|passphrase|passcode|credential|api_?key|access_?key|private_?key|signing_?key|encryption_?key|(?:^|_)(?:key|keys|auth|dsn|pass|pwd|cookie|jwt|pat|sas|salt|askpass)(?:_|$)/i;

/** The shell's own, which end like secrets and are none. */
const notSecret = new Set(["PWD", "OLDPWD"]);

/** Whether a variable of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return !notSecret.has(name) && secretName.test(name);
}

/** Whether a value carries credentials whatever its name says: a URL with a password, a connection string, a private key, a service account. */
export function hasCredentials(value: string): boolean {
  return (
    /[a-z][a-z0-9+.-]{0,40}:\/\/[^\s/:@]*:[^\s/@]+@/i.test(value) ||
    /(?:^|[\s;,{"'])(?:password|pwd|accountkey|sharedaccesskey|private_key)["']?\s*[=:]/i.test(value) ||
    /-----BEGIN [A-Z ]*PRIVATE KEY/.test(value) ||
    /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|sk-|xox[abp]-|AKIA)[A-Za-z0-9_-]{12,}/.test(value)
  );
}
