import { isUtf8 } from "node:buffer";
import { ConfigurationError } from "../errors.ts";

/** The text of a file: UTF-8 without its byte-order mark, line ends as they are. @throws ConfigurationError with the path and the first wrong byte */
export function decodeText(path: string, bytes: Uint8Array): string {
  if (isUtf8(bytes)) {
    const text = decodeLarge(path, bytes);
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new ConfigurationError(`${path} is UTF-16, not UTF-8. Save it as UTF-8.`);
  const position = firstInvalidByte(bytes);
  let line = 1;
  for (let at = 0; at < position; at++) if (bytes[at] === 0x0a) line++;
  throw new ConfigurationError(
    `${path}:${line} is not UTF-8: byte ${position + 1} of the file is 0x${(bytes[position] ?? 0).toString(16).padStart(2, "0")}. Save it as UTF-8.`,
  );
}

function decodeLarge(path: string, bytes: Uint8Array): string {
  try {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  } catch (cause) {
    throw new ConfigurationError(`${path} is too large to read as text (${bytes.byteLength} bytes).`, { cause });
  }
}

/** 0-based. Bisects: a prefix is sound when a decoder that waits for more takes it. */
function firstInvalidByte(bytes: Uint8Array): number {
  const isSound = (length: number): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let sound = 0;
  let unsound = bytes.length + 1;
  while (unsound - sound > 1) {
    const middle = (sound + unsound) >> 1;
    if (isSound(middle)) sound = middle;
    else unsound = middle;
  }
  // What the decoder was waiting to complete began at most three bytes before.
  while (!isUtf8(bytes.subarray(0, sound))) sound--;
  return sound;
}
