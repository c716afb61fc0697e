import { ConfigurationError } from "../../src/errors.ts";
import type { Files } from "../../src/files.ts";

/** A tree of files that exists only in the test: path → text. */
export function filesOf(tree: Readonly<Record<string, string>>): Files {
  const paths = Object.keys(tree).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const text = (path: string) => {
    const content = tree[path];
    if (content === undefined) throw new ConfigurationError(`${path} does not exist.`);
    return content;
  };
  return {
    list: (directory = ".") => (directory === "." ? paths : paths.filter((path) => path.startsWith(`${directory}/`))),
    exists: (path) => path in tree,
    bytes: (path) => new TextEncoder().encode(text(path)),
    text,
  };
}
