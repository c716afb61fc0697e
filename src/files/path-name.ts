import { isUtf8 } from "node:buffer";

/**
 * A file name as text. Bytes that are not UTF-8 are written as `\xe9`, so that such a file can be named in a message;
 * whoever reads the file keeps the bytes beside it.
 */
export function decodeName(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString("utf8");
  let name = "";
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((size) => at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)));
    name += length
      ? Buffer.from(bytes.subarray(at, at + length)).toString("utf8")
      : `\\x${(bytes[at] as number).toString(16).padStart(2, "0")}`;
    at += length ?? 1;
  }
  return name;
}

/** The path without `.`, `..` and doubled slashes; `undefined` when it leads out of the root or is absolute. */
export function normalizePath(path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/") || ".";
}
