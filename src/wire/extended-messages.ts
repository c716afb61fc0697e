import { hash } from "node:crypto";
import type { Frame } from "./framing.ts";
import { zeroTerminated } from "./messages.ts";

/** What the client's messages of the extended protocol name. https://www.postgresql.org/docs/current/protocol-message-formats.html */

/** Parse: the prepared statement that it makes, and the bytes of its text. */
export function readParse(bytes: Buffer): { readonly name: string; readonly sql: Buffer } {
  const name = zeroTerminated(bytes, 5);
  const rest = bytes.subarray(6 + name.length);
  const end = rest.indexOf(0);
  return { name, sql: rest.subarray(0, end < 0 ? undefined : end) };
}

/** Bind: the portal that it makes of a prepared statement. */
export function readBind(bytes: Buffer): { readonly portal: string; readonly statement: string } {
  const portal = zeroTerminated(bytes, 5);
  return { portal, statement: zeroTerminated(bytes, 6 + portal.length) };
}

/** Bind: SHA-256 of its values, hexadecimal; `undefined` where not all of the message is there, or it is none. */
export function digestOfValues({ bytes, more }: Frame): string | undefined {
  const { portal, statement } = readBind(bytes);
  const formats = 7 + portal.length + statement.length;
  if (more > 0 || bytes.length < formats + 2) return undefined;
  const values = formats + 2 + 2 * bytes.readUInt16BE(formats);
  // After them there is only in which format the client wants its rows.
  return hash("sha256", bytes.subarray(values));
}

/** Execute: the portal that it runs. */
export function readExecute(bytes: Buffer): string {
  return zeroTerminated(bytes, 5);
}

/** Close: what it takes away. */
export function readClose(bytes: Buffer): { readonly kind: "statement" | "portal"; readonly name: string } {
  return { kind: String.fromCharCode(bytes[5] ?? 0) === "S" ? "statement" : "portal", name: zeroTerminated(bytes, 6) };
}
