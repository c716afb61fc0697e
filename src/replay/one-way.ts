import { ConfigurationError } from "../errors.ts";
import type { Files } from "../files.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";
import { replayFinding } from "./findings.ts";

/** Which revisions are declared to have no way back, and what is wrong with the declarations. */
export interface OneWayDeclarations {
  /** The reason, by revision id. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
}

// A comment of SQL, Python or TypeScript on a line of its own: `-- headgate: one-way: <reason>`.
const declaration = /^[ \t]*(?:--|#|\/\/|\*)[ \t]*headgate:[ \t]*one-way\b[ \t]*:?(.*)$/im;

/**
 * Reads the declarations in the files of the examined revisions, and those of the project's configuration.
 * @param all the whole history, to tell a declaration for a revision that is not examined from one for none
 */
export function oneWayDeclarations(
  files: Files,
  project: Project,
  revisions: readonly Revision[],
  all: readonly Revision[],
): OneWayDeclarations {
  const reasons = new Map<string, string>();
  const findings: Finding[] = [];
  for (const revision of revisions) {
    const configured = project.oneWay[revision.id];
    if (configured !== undefined) reasons.set(revision.id, configured);
    for (const file of [revision.file, revision.downFile]) {
      const text = file === undefined ? undefined : readable(files, file);
      const match = text === undefined ? null : declaration.exec(text);
      if (file === undefined || text === undefined || match === null) continue;
      const reason = (match[1] ?? "").trim().replace(/\*\/$/, "").trimEnd();
      if (reason) reasons.set(revision.id, reason);
      else
        findings.push(
          replayFinding("one-way-without-reason", revision, "down", {
            message: `\`${revision.id}\` is declared one-way without saying why.`,
            help: "Add the reason: `headgate: one-way: <reason>`.",
            file,
            line: text.slice(0, match.index).split("\n").length,
          }),
        );
    }
  }
  const known = new Set(all.map(({ id }) => id));
  for (const id of Object.keys(project.oneWay))
    if (!known.has(id))
      findings.push(
        replayFinding("one-way-unknown", undefined, "down", {
          message: `The configuration declares \`${id}\` one-way, but the project ${project.name} has no such revision.`,
          help: "Remove the entry under `one-way`, or correct the id.",
        }),
      );
  return { reasons, findings };
}

/** A file that cannot be read declares nothing; that it cannot be read is for the tool to say. */
function readable(files: Files, file: string): string | undefined {
  try {
    return files.exists(file) ? files.text(file) : undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}
