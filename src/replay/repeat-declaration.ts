import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { replayFinding } from "./findings.ts";

/** That rows decide what a revision sends: its reason, which is empty where none is given, and the line of the comment. */
export interface RepeatDeclaration {
  readonly reason: string;
  /** 1-based. */
  readonly line: number;
}

// A comment of SQL, Python or TypeScript on a line of its own: `# headgate: repeat: <reason>`.
const declaration = /^[ \t]*(?:--|#|\/\/|\*)[ \t]*headgate:[ \t]*repeat\b[ \t]*:?(.*)$/im;

/** Reads the declaration in a revision's file; nothing where there is none, or the file cannot be read. */
export function repeatDeclaration(files: Files, { file }: Pick<Revision, "file">): RepeatDeclaration | undefined {
  const text = textOf(files, file);
  const match = declaration.exec(text);
  if (match === null) return undefined;
  const reason = (match[1] ?? "").trim().replace(/\*\/$/, "").trimEnd();
  return { reason, line: text.slice(0, match.index).split("\n").length };
}

/** What a review should see of it. */
export function repeatFinding(revision: Revision, { reason, line }: RepeatDeclaration): Finding {
  const place = { file: revision.file, line };
  return reason
    ? replayFinding("rows-decide", revision, "up", {
        message: `Rows decide how often the statements about rows of \`${revision.id}\` come, in which order, and whether: ${reason}`,
        ...place,
      })
    : replayFinding("repeat-without-reason", revision, "up", {
        message: `\`${revision.id}\` says that its statements may repeat, without saying why.`,
        help: "Add the reason: `headgate: repeat: <reason>`.",
        ...place,
      });
}

function textOf(files: Files, file: string): string {
  try {
    return files.exists(file) ? files.text(file) : "";
  } catch (error) {
    if (error instanceof ConfigurationError) return "";
    throw error;
  }
}
