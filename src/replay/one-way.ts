import type { Files } from "../files.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Project } from "../project.ts";
import { declarationIn } from "../declaration.ts";
import { replayFinding } from "./findings.ts";

/** Which revisions are declared to have no way back, and what is wrong with the declarations. */
export interface OneWayDeclarations {
  /** The reason, by revision id. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
}

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
      const declared = file === undefined ? undefined : declarationIn(files, file, "one-way");
      if (file === undefined || declared === undefined) continue;
      const { reason, line } = declared;
      if (reason) reasons.set(revision.id, reason);
      else
        findings.push(
          replayFinding("one-way-without-reason", revision, "down", {
            message: `\`${revision.id}\` is declared one-way without saying why.`,
            help: "Add the reason: `headgate: one-way: <reason>`.",
            file,
            line,
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
