import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { Declaration } from "../declaration.ts";
import { replayFinding } from "./findings.ts";

/** What a review should see of the declaration that rows decide what a revision sends. */
export function repeatFinding(revision: Revision, { reason, line }: Declaration): Finding {
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
