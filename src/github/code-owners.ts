import ignore from "ignore";

/**
 * Where GitHub looks for the file, the first that exists counts.
 * https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export const codeOwnersPaths = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

/** The owners of a path as the file names them, `@user` or `@organisation/team`; the last pattern that fits decides. */
export function codeOwnersOf(text: string, path: string): readonly string[] {
  let owners: readonly string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [pattern, ...named] = line
      .replace(/(?:^|\s)#.*$/, "")
      .trim()
      .split(/(?<!\\)\s+/);
    // What ignore files can say and this one cannot: https://docs.github.com leaves out such lines.
    if (!pattern || /^!|[[\]]/.test(pattern)) continue;
    if (ignore().add(pattern).ignores(path)) owners = named;
  }
  return owners;
}
