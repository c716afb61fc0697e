import type { Files } from "../files.ts";
import { decodeText } from "./decode-text.ts";

/** The same files, each read from disk once, when it is first asked for: for what asks several times and is done in a moment. */
export function readOnce(files: Files): Files {
  const known = new Map<string, Uint8Array>();
  const bytes = (path: string): Uint8Array => {
    const read = known.get(path) ?? files.bytes(path);
    known.set(path, read);
    return read;
  };
  return { ...files, bytes, text: (path) => decodeText(path, bytes(path)) };
}
