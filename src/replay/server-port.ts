import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { isAboutRows } from "../sql/about-rows.ts";
import type { RevisionReport } from "../verdict.ts";
import { replayFinding, shownStatement } from "./findings.ts";

/**
 * Upgrades that send the port of the disposable server, which is another one each time: no second upgrade on the same shows it.
 * @param port where the migration tool finds the database
 */
export function serverPorts(
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, Pick<RevisionReport, "up">>,
  port: number,
): readonly Finding[] {
  const named = new RegExp(String.raw`(?:\bport\W{1,8}|:)${port}(?!\w)`, "i");
  return revisions.flatMap((revision) => {
    const sent = recorded
      .get(revision.id)
      ?.up?.find(({ role, sql }) => role === "migration" && named.test(sql) && !isAboutRows(sql));
    if (!sent) return [];
    return replayFinding("plan-not-deterministic", revision, "up", {
      message: `The upgrade to \`${revision.id}\` sends the port of the disposable server, ${port}, which is another one each time.\nStatement: ${shownStatement(sent.sql)}`,
      help: "Write out the address that is meant, or read it from a variable of your own, and not from the connection.",
    });
  });
}
