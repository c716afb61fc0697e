import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import { listFiles } from "../git/read-objects.ts";
import { decodeText } from "./decode-text.ts";
import { below, leftOutNames, withoutLeftOut } from "./listing.ts";
import { decodeName, normalizePath } from "./path-name.ts";
import { type FoundFile, walkDirectory } from "./walk-directory.ts";

/**
 * The files of a directory on disk. In a git work tree those that git tracks or would track, because what it ignores never
 * reaches production; elsewhere all. The list is made once, when it is first asked for.
 *
 * A path may be asked for by name although it is not listed: an ignored `alembic.ini` can be read, and `list` of an ignored
 * folder, a submodule, or a link to a folder lists it. Links are followed as long as they stay inside the root; others
 * are listed and cannot be read.
 * @param root absolute
 * @throws ConfigurationError, from its methods, for what is not there or outside of it
 */
export function workingTree(root: string): Files {
  const realRoot = realpathSync.native(root);
  /** The bytes of names that are not UTF-8, by the text they are listed as. */
  const rawPaths = new Map<string, Buffer>();
  const named = new Map<string, readonly string[]>();
  let listed: readonly string[] | undefined;

  const onDisk = (path: string): string | Buffer | undefined => {
    const normalized = normalizePath(path);
    return normalized === undefined ? undefined : (rawPaths.get(normalized) ?? join(realRoot, normalized));
  };
  /** Absolute and free of links; `undefined` when there is nothing, or it is outside the root. */
  const resolve = (path: string): string | Buffer | undefined => {
    const absolute = onDisk(path);
    if (absolute === undefined) return undefined;
    // Names that are not UTF-8 cannot be resolved as text; links among them are not followed.
    if (typeof absolute !== "string") return lstatSync(absolute).isFile() ? absolute : undefined;
    const real = realpathSync.native(absolute);
    return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep) ? real : undefined;
  };
  const exists = (path: string): boolean => {
    try {
      const real = resolve(path);
      return real !== undefined && statSync(real).isFile();
    } catch {
      return false;
    }
  };
  const remember = (path: string, bytes: Buffer | undefined): string => {
    if (bytes !== undefined) rawPaths.set(path, bytes);
    return path;
  };
  /** Links to folders are not listed. One that leads nowhere, or out of the root, is: whoever reads it is told so. */
  const isUnreadableLink = (path: string): boolean => {
    try {
      const absolute = onDisk(path);
      if (absolute === undefined || !lstatSync(absolute).isSymbolicLink()) return false;
      return statSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ELOOP";
    }
  };
  const keep = ({ path, bytes, isLink }: FoundFile): boolean => {
    remember(path, bytes);
    return !isLink || exists(path) || isUnreadableLink(path);
  };
  const listAll = (): readonly string[] => {
    const files = listFiles(realRoot, leftOutNames);
    if (files === undefined) {
      const walked = walkDirectory(realRoot, "").filter(keep);
      return withoutLeftOut(
        walked.map(({ path }) => path),
        { generated: true },
      );
    }
    const committed: string[] = [];
    const untracked: string[] = [];
    for (const { path: bytes, tracked, isLink, mayBeAbsent } of files) {
      const path = decodeName(bytes);
      if (!Buffer.from(path).equals(bytes)) remember(path, Buffer.concat([Buffer.from(realRoot + sep), bytes]));
      if ((isLink === false && !mayBeAbsent) || exists(path) || isUnreadableLink(path))
        (tracked ? committed : untracked).push(path);
    }
    return [
      ...withoutLeftOut(committed, { generated: false }),
      ...withoutLeftOut(untracked, { generated: true }),
    ].toSorted();
  };
  /** What lies below a folder that the list knows nothing of. */
  const listNamed = (directory: string): readonly string[] => {
    const absolute = (() => {
      try {
        const real = resolve(directory);
        return typeof real === "string" && statSync(real).isDirectory() ? real : undefined;
      } catch {
        return undefined;
      }
    })();
    if (absolute === undefined) return [];
    return walkDirectory(absolute, `${directory}/`)
      .filter(keep)
      .map(({ path }) => path)
      .toSorted();
  };

  return {
    list(directory = ".") {
      const normalized = normalizePath(directory);
      if (normalized === undefined) return [];
      listed ??= listAll();
      const files = below(listed, normalized);
      if (files.length > 0 || normalized === ".") return files;
      const known = named.get(normalized) ?? listNamed(normalized);
      named.set(normalized, known);
      return known;
    },
    exists,
    bytes(path) {
      try {
        const real = resolve(path);
        if (real === undefined) throw new ConfigurationError(`${path} is outside the repository and is not read.`);
        if (!statSync(real).isFile()) throw new ConfigurationError(`${path} is not a file.`);
        return readFileSync(real);
      } catch (cause) {
        if (cause instanceof ConfigurationError) throw cause;
        throw new ConfigurationError(`${path} cannot be read: ${reason(cause as NodeJS.ErrnoException)}.`, { cause });
      }
    },
    text(path) {
      return decodeText(path, this.bytes(path));
    },
  };
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "it does not exist";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "its symbolic links lead in a circle";
    case "ERR_FS_FILE_TOO_LARGE":
      return "it is too large";
    default:
      return code ?? message;
  }
}
