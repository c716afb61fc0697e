import { isUtf8 } from "node:buffer";
import type { Files } from "./files.ts";

/** What a migration's file says of the whole revision, in a comment of SQL, Python or TypeScript on a line of its own. */
export interface Declaration {
  /** Empty where none is given. */
  readonly reason: string;
  /** 1-based. */
  readonly line: number;
}

const declared =
  /^[ \t]*(?:--|#|\/\/|\/?\*+)[ \t]*headgate:[ \t]*(one-way|repeat|allow[ \t]+migration-not-run)\b[ \t]*:?(.*)$/gim;

/** Reads the first comment `headgate: <what>: <reason>` of a file; nothing where there is none. */
export function declarationIn(
  files: Files,
  file: string,
  what: "one-way" | "repeat" | "allow migration-not-run",
): Declaration | undefined {
  if (!files.exists(file)) return undefined;
  const text = asText(files.bytes(file));
  const match = [...text.matchAll(declared)].find(([, name]) => name?.toLowerCase().replace(/\s+/, " ") === what);
  if (match === undefined) return undefined;
  const reason = (match[2] ?? "").trim().replace(/\*\/$/, "").trimEnd();
  return { reason, line: text.slice(0, match.index).split("\n").length };
}

/** A file may be in an encoding that it names itself, as Python's may: what a comment begins with is the same in all that there are. */
const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString(isUtf8(bytes) ? "utf8" : "latin1");
