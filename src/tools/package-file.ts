import { posix } from "node:path";
import type { Files } from "../files.ts";

/** What of a `package.json` tools look at. */
export interface PackageFile {
  /** Relative to the repository root; `.` for the root. */
  readonly directory: string;
  /** Names and ranges, of every kind of dependency. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: readonly string[];
  /** The object under a key, for a tool that has one of its own; empty where there is none. */
  section(key: string): Readonly<Record<string, unknown>>;
}

/** A package file that can be read; a broken one belongs to nobody here. */
export function readPackageFile(files: Files, path: string): PackageFile | undefined {
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(files.text(path)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const section = (key: string): Record<string, unknown> => {
    const value = content?.[key];
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  };
  const kinds = ["optionalDependencies", "peerDependencies", "devDependencies", "dependencies"];
  const texts = (record: Record<string, unknown>) =>
    Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    directory: posix.dirname(path),
    dependencies: Object.fromEntries(kinds.flatMap((kind) => texts(section(kind)))),
    scripts: texts(section("scripts")).map(([, script]) => script),
    section,
  };
}

/** The range of versions that the nearest package file asks for of the first of these packages; `undefined` where none names one. */
export function askedRange(files: Files, directory: string, ...names: readonly string[]): string | undefined {
  for (let at = directory; ; at = posix.dirname(at)) {
    const path = posix.join(at, "package.json");
    const asked = files.exists(path) ? readPackageFile(files, path)?.dependencies : undefined;
    const range = names.map((name) => asked?.[name]).find((each) => each !== undefined);
    if (range !== undefined && /\d/.test(range)) return range;
    if (at === "." || at === "/") return undefined;
  }
}
