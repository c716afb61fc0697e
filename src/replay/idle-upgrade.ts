import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import { withoutLeadingComments } from "../sql/scan-statements.ts";
import type { StatementReport } from "../verdict.ts";
import { takenBack } from "../wire/exception-handlers.ts";
import { replayFinding } from "./findings.ts";
import type { RecordedRevision } from "./offline-script.ts";
import { relevantDifferences } from "./relevant-differences.ts";

/**
 * Upgrades that are empty, and those that ran and did nothing here, so that nothing of what they may do elsewhere was seen: behind a condition on a
 * variable, the time, the name of the database or rows, or in a transaction that the file itself rolls back.
 * @param catalogs before each of the revisions, and behind the last
 * @param branchesIn whether the code of a revision, where it is code, may do one thing or another
 * @param textOf what is written in the file of a revision that is sent as it is; nothing where code makes of it what is sent
 */
export const idleUpgrades = (
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, RecordedRevision>,
  catalogs: readonly Catalog[],
  textOf: (revision: Revision) => string | undefined,
  branchesIn: (revision: Revision) => boolean,
): readonly Finding[] =>
  revisions.flatMap((revision, index) => {
    const [before, after] = [catalogs[index], catalogs[index + 1]];
    const sent = recorded.get(revision.id)?.up ?? [];
    const text = textOf(revision);
    const sendsFiles = text !== undefined;
    if (before === undefined || after === undefined || relevantDifferences(before, after).length > 0) return [];
    if (sendsFiles && rollsBack(sent)) return [rolledBack(revision)];
    const own = sent.filter(({ role }) => role === "migration");
    if (own.length === 0 && (sendsFiles || revision.upgrade === "absent"))
      return standsForItself(revision) ? [] : [empty(revision, text)];
    const isPlain = sendsFiles || !branchesIn(revision);
    const asked = own.filter(({ sql }) => !(isPlain && isPlaceholder(sql)));
    if (own.length > 0 && asked.length === 0) return [];
    // What failed and was caught is told by `caughtErrors`.
    if (asked.some(({ sqlState }) => sqlState !== undefined)) return [];
    return asked.every(onlyReads) ? [idle(revision, asked)] : [];
  });

/** Whether a revision is there for the graph: it joins others, or is where a branch begins. */
const standsForItself = ({ downRevisions, dependsOn, branchLabels }: Revision): boolean =>
  downRevisions.length > 1 || dependsOn.length > 0 || branchLabels.length > 0;

/** Whether somebody wrote something for people into the way up, beside what tools put there. */
const hasWords = (text: string): boolean =>
  (text.split(/^\s*--\s*(?:\+(?:goose|migrate)\s+down|migrate:down)\b/im)[0] ?? "")
    .replaceAll(/^\s*--\s*(?:\+goose|\+migrate|migrate:).*$/gim, "")
    .trim() !== "";

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

/**
 * Whether the server saw it do no more than read; where it does not say all, nothing is claimed. What code took back itself
 * (`EXCEPTION`) it has not done.
 */
const onlyReads = ({ sql, tag = "", evidence, evidenceReason, locks, rewrites }: StatementReport): boolean =>
  reading.has(tag.split(" ")[0] ?? "") &&
  (evidence === "complete" || evidenceReason === takenBack) &&
  !actsElsewhere.test(sql) &&
  rewrites.length === 0 &&
  locks.every(({ mode }) => mode === "ACCESS SHARE");

const idle = (revision: Revision, work: readonly StatementReport[]): Finding => {
  const hidesErrors = work.some(({ evidenceReason }) => evidenceReason === takenBack);
  return replayFinding("upgrade-does-nothing", revision, "up", {
    message: `The upgrade to \`${revision.id}\` does nothing here: ${
      work.length === 0 ? "it sends no statement" : "what it sends only reads"
    }${hidesErrors ? ", or was taken back with an error that it caught" : ""}, and the schema is what it was. What it does where a condition of it holds, on a variable, the time, the name of the database or rows, was not tried${hidesErrors ? "; nor is it known which errors a handler of its own (`EXCEPTION`) let pass" : ""}.`,
    help: "Take the condition out, or make it hold: with `environment:` or `database:` of the project, or with rows (`samples:`), in headgate.yml.",
  });
};

const empty = (revision: Revision, text: string | undefined): Finding => {
  const isSaid = text !== undefined && hasWords(text);
  const what = text === undefined ? "code holds nothing" : isSaid ? "file holds comments alone" : "file is blank";
  // Many a history begins with one that stands for what was there before.
  const begins = text === undefined && revision.downRevisions.length === 0;
  const finding = replayFinding("upgrade-does-nothing", revision, "up", {
    message: `The upgrade to \`${revision.id}\` does nothing anywhere: its ${what}.`,
    help: `Write what it is to do, or delete it.${text === undefined ? "" : " `SELECT 1;` says that it is meant to do nothing."}${begins ? " Where it only marks the beginning of the history, that is right." : ""}`,
  });
  return isSaid || begins ? { ...finding, severity: "info" } : finding;
};

const rolledBack = (revision: Revision): Finding =>
  replayFinding("upgrade-rolled-back", revision, "up", {
    message: `The upgrade to \`${revision.id}\` ends with a ROLLBACK of its own: what it does is undone, and the tool records it as applied.`,
    help: "End the transaction with COMMIT.",
  });
