import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import { listCommit, readObjects } from "../git/read-objects.ts";
import { decodeText } from "./decode-text.ts";
import { below, withoutLeftOut } from "./listing.ts";
import { decodeName, normalizePath } from "./path-name.ts";

interface Entry {
  readonly object: string;
  readonly isLink: boolean;
}

/** As many as the kernel follows before it calls links a circle. */
const linkLimit = 40;
const readAheadLimit = 512;

/**
 * The files of a commit, read from git's objects without a checkout. Submodules are not part of it.
 * @param root absolute; the top of the work tree, or a directory in it, to which the paths are then relative
 * @param commit a commit that exists, as git prints it
 * @throws ConfigurationError when git cannot list it
 */
export function commitTree(root: string, commit: string): Files {
  const committed = listCommit(root, commit);
  if (committed === undefined)
    throw new ConfigurationError(`The files of commit ${commit.slice(0, 12)} cannot be listed by git.`);
  const entries = new Map<string, Entry>(
    committed.map(({ path, isLink, object }) => [decodeName(path), { isLink, object }]),
  );
  const folders = new Set<string>(["."]);
  for (const path of entries.keys())
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const folder = path.slice(0, slash);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  const all = withoutLeftOut(entries.keys(), { generated: false });
  const contents = new Map<string, Buffer>();
  let readAhead = 1;

  const content = (path: string, object: string): Buffer => {
    const known = contents.get(object);
    if (known !== undefined) return known;
    // Files are mostly read in the order of the list, and a process for each would be slow: fetch what follows, too.
    const extension = path.slice(path.lastIndexOf("."));
    const wanted = new Set([object]);
    for (let at = all.indexOf(path) + 1; at < all.length && wanted.size < readAhead; at++) {
      const following = all[at] as string;
      const { object: next } = entries.get(following) as Entry;
      if (following.endsWith(extension) && !contents.has(next)) wanted.add(next);
    }
    readAhead = Math.min(readAhead * 8, readAheadLimit);
    for (const [name, bytes] of readObjects(root, [...wanted])) contents.set(name, bytes);
    const bytes = contents.get(object);
    if (bytes === undefined)
      throw new ConfigurationError(
        `${path} of commit ${commit.slice(0, 12)} cannot be read: git does not have its content. Fetch it with git fetch.`,
      );
    return bytes;
  };
  /** Where a path leads once links are followed; `undefined` when it leads out of the root, in a circle, or nowhere. */
  const resolve = (path: string): string | undefined => {
    let waiting = path;
    for (let links = 0; links <= linkLimit; links++) {
      const normalized = normalizePath(waiting);
      if (normalized === undefined) return undefined;
      const parts = normalized.split("/");
      const at = parts.findIndex((_, index) => entries.get(parts.slice(0, index + 1).join("/"))?.isLink);
      if (at === -1) return normalized;
      const link = parts.slice(0, at + 1).join("/");
      const target = content(link, (entries.get(link) as Entry).object).toString();
      if (target.startsWith("/")) return undefined;
      waiting = [...parts.slice(0, at), target, ...parts.slice(at + 1)].join("/");
    }
    return undefined;
  };
  const find = (path: string): { readonly path: string; readonly object: string } | undefined => {
    const resolved = resolve(path);
    const entry = resolved === undefined ? undefined : entries.get(resolved);
    return resolved === undefined || entry === undefined ? undefined : { path: resolved, object: entry.object };
  };
  const bytes = (path: string): Uint8Array => {
    const found = find(path);
    if (found === undefined)
      throw new ConfigurationError(`${path} cannot be read: it does not exist in commit ${commit.slice(0, 12)}.`);
    return content(found.path, found.object);
  };
  const isShown = (path: string): boolean => !entries.get(path)?.isLink || find(path) !== undefined;

  return {
    list(directory = ".") {
      const normalized = normalizePath(directory);
      if (normalized === undefined) return [];
      const files = below(all, normalized);
      if (files.length > 0 || normalized === ".") return files.filter(isShown);
      const resolved = resolve(normalized);
      if (resolved === undefined || resolved === normalized || !folders.has(resolved)) return [];
      return below(all, resolved)
        .filter(isShown)
        .map((path) => `${normalized}/${resolved === "." ? path : path.slice(resolved.length + 1)}`);
    },
    exists: (path) => find(path) !== undefined,
    bytes,
    text: (path) => decodeText(path, bytes(path)),
  };
}
