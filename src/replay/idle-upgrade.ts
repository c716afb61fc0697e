import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import type { StatementReport } from "../verdict.ts";
import { replayFinding } from "./findings.ts";
import type { RecordedRevision } from "./offline-script.ts";
import { relevantDifferences } from "./relevant-differences.ts";

/**
 * Upgrades that ran and did nothing here, so that nothing of what they may do elsewhere was seen: behind a condition on a
 * variable, the time, the name of the database or rows, or in a transaction that the file itself rolls back.
 * @param catalogs before each of the revisions, and behind the last
 * @param sendsFiles whether what is sent is the file, and not what code made of it
 */
export const idleUpgrades = (
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, RecordedRevision>,
  catalogs: readonly Catalog[],
  sendsFiles: boolean,
): readonly Finding[] =>
  revisions.flatMap((revision, index) => {
    const [before, after] = [catalogs[index], catalogs[index + 1]];
    const sent = recorded.get(revision.id)?.up ?? [];
    if (before === undefined || after === undefined || relevantDifferences(before, after).length > 0) return [];
    if (sendsFiles && rollsBack(sent)) return [rolledBack(revision)];
    const work = sent.filter(({ role, sql }) => role === "migration" && !(sendsFiles && isPlaceholder(sql)));
    const isEmpty = work.length === 0 && (sendsFiles || revision.upgrade === "absent");
    return isEmpty || !work.every(onlyReads) ? [] : [idle(revision, work.length)];
  });

/** What people write where a tool wants a statement and there is nothing to do: it has no condition that could hold elsewhere. */
const isPlaceholder = (sql: string): boolean =>
  /^select(?:\s+(?:\d+|null|true|false|'[^']*'))?\s*;?\s*$/i.test(withoutLeadingComments(sql).trim());

/** Whether a file takes back what it does. A ROLLBACK of the tool's own would be a failure. */
const rollsBack = (sent: readonly StatementReport[]): boolean =>
  sent.some(
    ({ sql, transaction }, index) =>
      /^\s*(?:rollback|abort)(?:\s+(?:work|transaction))?\s*;?\s*$/i.test(sql) &&
      sent
        .slice(0, index)
        .some((one) => one.transaction === transaction && one.role === "migration" && !onlyReads(one)),
  );

const reading: ReadonlySet<string> = new Set(["SELECT", "DO", "SHOW", "FETCH"]);

/** What leaves no trace in a database, and is no reading: slots, origins and messages are the server's, `dblink` is another's. */
const actsElsewhere =
  /\b(?:pg_(?:create|copy|drop)_\w*replication_slot|pg_replication_\w+|pg_logical_emit_message|pg_notify|pg_reload_conf|pg_create_restore_point|dblink\w*)\s*\(/i;

/** Whether the server saw it do no more than read; where it does not say all, nothing is claimed. */
const onlyReads = ({ sql, tag = "", evidence, locks, rewrites }: StatementReport): boolean =>
  reading.has(tag.split(" ")[0] ?? "") &&
  evidence === "complete" &&
  !actsElsewhere.test(sql) &&
  rewrites.length === 0 &&
  locks.every(({ mode }) => mode === "ACCESS SHARE");

const idle = (revision: Revision, statements: number): Finding =>
  replayFinding("upgrade-does-nothing", revision, "up", {
    message: `The upgrade to \`${revision.id}\` does nothing here: ${
      statements === 0 ? "it sends no statement" : "what it sends only reads"
    }, and the schema is what it was. What it does where a condition of it holds, on a variable, the time, the name of the database or rows, was not tried.`,
    help: "Take the condition out, or make it hold: with `environment:` or `database:` of the project, or with rows (`samples:`), in headgate.yml.",
  });

const rolledBack = (revision: Revision): Finding =>
  replayFinding("upgrade-rolled-back", revision, "up", {
    message: `The upgrade to \`${revision.id}\` ends with a ROLLBACK of its own: what it does is undone, and the tool records it as applied.`,
    help: "End the transaction with COMMIT.",
  });
