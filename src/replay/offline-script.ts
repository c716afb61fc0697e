import type { Direction, Finding } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { OfflineScript, OfflineScripts, Session } from "../sessions/session.ts";
import { comparableStatements, type ComparableStatement } from "../sql/comparable-statements.ts";
import { formatSql } from "../sql/format-sql.ts";
import type { OfflineReport, RevisionReport, StatementReport } from "../verdict.ts";
import { replayFinding } from "./findings.ts";

const shownLines = 40;

/** What a revision sent, and the tool's own scripts beside it. */
export type RecordedRevision = Pick<RevisionReport, "up" | "down" | "offline">;

/**
 * Renders the tool's own offline scripts of what was recorded, and compares. That they can't be had is said beside the
 * revision and is no finding: nobody has to use them. Runs the project's code: nothing is replayed afterwards.
 * @param revisions in the order in which they were applied
 * @param found what the replay found: a step that failed has not sent all that there is to send
 * @param limited runs it under the project's time limit
 */
export async function renderOffline(
  session: Session,
  revisions: readonly Revision[],
  recorded: ReadonlyMap<string, RecordedRevision>,
  found: readonly Finding[],
  limited: (what: string, action: () => Promise<OfflineScripts>) => Promise<OfflineScripts>,
): Promise<{ readonly recorded: ReadonlyMap<string, RecordedRevision>; readonly findings: readonly Finding[] }> {
  const { offline } = session;
  const result = new Map(recorded);
  const findings: Finding[] = [];
  const failed = new Set(
    found.filter(({ severity }) => severity === "error").map(({ direction, revision }) => `${direction} ${revision}`),
  );
  if (!offline) return { recorded, findings };
  for (const direction of ["up", "down"] as const) {
    const walked = revisions.filter(({ id }) => recorded.get(id)?.[direction] && !failed.has(`${direction} ${id}`));
    if (walked.length === 0) continue;
    const ids = walked.map(({ id }) => id);
    const { scripts, unavailable = "it was not printed" } = await limited("Printing the offline scripts", () =>
      offline(direction === "up" ? ids : ids.toReversed(), direction),
    ).catch((error: Error): OfflineScripts => ({ scripts: {}, unavailable: error.message }));
    for (const revision of walked) {
      const earlier = result.get(revision.id);
      const report = compareOffline(scripts[revision.id] ?? { unavailable }, earlier?.[direction] ?? []);
      result.set(revision.id, { ...earlier, offline: { ...earlier?.offline, [direction]: report } });
      if (report.kind === "differs") findings.push(offlineDiffers(revision, direction, report));
    }
  }
  return { recorded: result, findings };
}

/** Compares what the tool prints instead of running a revision with what it really sent. */
function compareOffline(script: OfflineScript, sent: readonly StatementReport[]): OfflineReport {
  if ("unavailable" in script) return { kind: "unavailable", reason: script.unavailable };
  const ran = sent.filter(({ role, sqlState }) => role === "migration" && sqlState === undefined);
  const difference = diff(
    comparableStatements(script.sql),
    comparableStatements(ran.map(({ sql }) => `${sql.trimEnd().replace(/;$/, "")}\n;\n`).join("")),
  );
  return difference === undefined
    ? { kind: "same", sql: script.sql }
    : { kind: "differs", sql: script.sql, difference };
}

/** The tool's offline script is not what runs. */
function offlineDiffers(
  revision: Revision,
  direction: Direction,
  { difference }: Extract<OfflineReport, { kind: "differs" }>,
): Finding {
  const command = direction === "up" ? "alembic upgrade --sql" : "alembic downgrade --sql";
  const step = direction === "up" ? `the upgrade to \`${revision.id}\`` : `the downgrade of \`${revision.id}\``;
  return replayFinding("offline-sql-differs", revision, direction, {
    message: `\`${command}\` prints another script for ${step} than what is sent to the database (- printed, + sent):\n${difference}`,
    help: "Review and hand out what `headgate sql` prints. A migration that reads rows or asks what is there cannot be printed in advance.",
  });
}

/** Only the statements that differ, laid out, with `-` and `+` before their lines; nothing when none does. */
function diff(printed: readonly ComparableStatement[], sent: readonly ComparableStatement[]): string | undefined {
  const lines = edits(printed, sent).flatMap(({ mark, sql }) =>
    formatSql(`${sql};`)
      .split("\n")
      .map((line) => `${mark} ${line}`),
  );
  if (lines.length === 0) return undefined;
  const more = lines.length - shownLines;
  return [...lines.slice(0, shownLines), ...(more > 0 ? [`… ${more} more lines`] : [])].join("\n");
}

interface Edit {
  readonly mark: "-" | "+";
  readonly sql: string;
}

/** Longer lists are compared as wholes: the table of all pairs would not be worth its memory. */
const longestTable = 4_000_000;

/** What has to be taken away and added to make one list the other, in order: by their longest common subsequence. */
function edits(from: readonly ComparableStatement[], to: readonly ComparableStatement[]): readonly Edit[] {
  const same = (one: number, other: number): boolean => from[one]?.key === to[other]?.key;
  let start = 0;
  while (start < from.length && start < to.length && same(start, start)) start++;
  let left = from.length;
  let right = to.length;
  while (left > start && right > start && same(left - 1, right - 1)) {
    left--;
    right--;
  }
  const isLong = (left - start) * (right - start) > longestTable;
  const width = right - start + 1;
  const common = new Uint32Array(isLong ? 0 : (left - start + 1) * width);
  const at = (one: number, other: number): number => common[(one - start) * width + other - start] ?? 0;
  if (!isLong)
    for (let one = left - 1; one >= start; one--)
      for (let other = right - 1; other >= start; other--)
        common[(one - start) * width + other - start] = same(one, other)
          ? at(one + 1, other + 1) + 1
          : Math.max(at(one + 1, other), at(one, other + 1));
  const found: Edit[] = [];
  let one = start;
  let other = start;
  while (one < left || other < right) {
    if (!isLong && one < left && other < right && same(one, other)) {
      one++;
      other++;
    } else if (one < left && (other >= right || isLong || at(one + 1, other) >= at(one, other + 1)))
      found.push({ mark: "-", sql: from[one++]?.sql ?? "" });
    else found.push({ mark: "+", sql: to[other++]?.sql ?? "" });
  }
  return found;
}
