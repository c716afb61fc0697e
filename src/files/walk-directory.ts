import { type Dirent, readdirSync } from "node:fs";
import { ConfigurationError } from "../errors.ts";
import { leftOutNames } from "./listing.ts";
import { decodeName } from "./path-name.ts";

/** A file found by walking: its path as text, and as the bytes the file system has where those are not UTF-8. */
export interface FoundFile {
  readonly path: string;
  readonly bytes?: Buffer;
  readonly isLink: boolean;
}

/**
 * Every file and symbolic link below a directory, links to directories not followed, folders left out by name skipped.
 * A folder that may not be read is skipped too, unless it is the one asked for.
 * @param prefix what the paths start with: empty, or ending in `/`
 * @throws ConfigurationError when the directory itself cannot be read
 */
export function walkDirectory(directory: string, prefix: string): readonly FoundFile[] {
  const found: FoundFile[] = [];
  const waiting: { readonly absolute: Buffer; readonly path: string; readonly isText: boolean }[] = [
    { absolute: Buffer.from(directory), path: prefix, isText: true },
  ];
  for (let next = waiting.pop(), first = true; next !== undefined; next = waiting.pop(), first = false) {
    let entries: Dirent<Buffer>[];
    try {
      entries = readdirSync(next.absolute, { withFileTypes: true, encoding: "buffer" });
    } catch (cause) {
      if (first)
        throw new ConfigurationError(
          `The directory ${prefix.slice(0, -1) || directory} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`,
          { cause },
        );
      continue;
    }
    for (const entry of entries) {
      const name = decodeName(entry.name);
      if (leftOutNames.has(name)) continue;
      const absolute = Buffer.concat([next.absolute, slash, entry.name]);
      const isText = next.isText && Buffer.from(name).equals(entry.name);
      if (entry.isDirectory()) {
        waiting.push({ absolute, path: `${next.path}${name}/`, isText });
      } else if (entry.isFile() || entry.isSymbolicLink())
        found.push({
          path: `${next.path}${name}`,
          isLink: entry.isSymbolicLink(),
          ...(isText ? {} : { bytes: absolute }),
        });
    }
  }
  return found;
}

const slash = Buffer.from("/");
