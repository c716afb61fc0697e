import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";

/** What the text of a project's migrations says. */
export interface MigrationTexts {
  /** Whether one seems to make it: then it is the replay's to make. */
  makes(kind: "schema" | "extension", name: string): boolean;
  mentions(name: string): boolean;
}

/** What the migrations of a project speak of, as far as their text says. */
export function textsOf({ migrations }: Project, { files }: Repository): MigrationTexts {
  const texts = migrations.flatMap((directory) => files.list(directory)).map((path) => latin1(files.bytes(path)));
  const some = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  return {
    makes: (kind, name) => some(new RegExp(`create[ _]?${kind}\\b[^;\\n]{0,80}\\b${RegExp.escape(name)}\\b`, "i")),
    mentions: (name) => some(new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`, "i")),
  };
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
