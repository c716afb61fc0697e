import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { RevisionReport } from "../verdict.ts";
import { replayFinding, shownStatement } from "./findings.ts";

/**
 * Upgrades that send where the checkout lies, which is elsewhere on another machine: no second upgrade of this one shows it.
 * @param root absolute path of the repository
 * @param textOf what the file of a revision says: a path that is written there is the same everywhere
 */
export function checkoutPaths(
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, Pick<RevisionReport, "up">>,
  root: string,
  textOf: (revision: Revision) => string | undefined,
): readonly Finding[] {
  // `/app` is written in many a statement that means something else.
  if (root.split(/[\\/]/).filter(Boolean).length < 2) return [];
  return revisions.flatMap((revision) => {
    const sent = recorded.get(revision.id)?.up?.find(({ role, sql }) => role === "migration" && sql.includes(root));
    if (!sent || textOf(revision)?.includes(root)) return [];
    return replayFinding("plan-not-deterministic", revision, "up", {
      message: `The upgrade to \`${revision.id}\` sends the path of this checkout, ${root}, which is another one elsewhere.\nStatement: ${shownStatement(sent.sql)}`,
      help: "Leave the path out, or write it out relative to the repository.",
    });
  });
}
