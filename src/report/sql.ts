import type { Direction } from "../finding.ts";
import { blockedBy, blocksQueries, strongerMode } from "../postgres/blocked-by.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { listed } from "../prose.ts";
import { formatSql } from "../sql/format-sql.ts";
import { terminated } from "../sql/scan-statements.ts";
import type { OfflineReport, ProjectVerdict, RevisionReport, StatementReport } from "../verdict.ts";
import { plainLine, plainText } from "./plain-text.ts";
import { foldRows, readable, toReview } from "./reviewed-statements.ts";

/**
 * What the examined revisions of a project really sent, as one script to read: formatted, a comment before each revision,
 * and without what client libraries and the tool's version table add. The way back is in the order it would be walked.
 */
export function sqlReport(project: ProjectVerdict, direction: Direction): string {
  const examined = project.revisions.filter(({ up }) => up !== undefined);
  const walked = direction === "up" ? examined : examined.toReversed();
  if (walked.length === 0) return `-- ${plainLine(project.name)}: no revision was examined\n`;
  return walked.map((revision) => revisionSql(revision, direction)).join("\n");
}

/** One revision's statements in one direction, under a comment that names it. */
function revisionSql(revision: RevisionReport, direction: Direction): string {
  const title = revision.title === undefined ? "" : `  ${plainLine(revision.title)}`;
  const way = direction === "up" ? "" : "  (downgrade)";
  const file = (direction === "down" && revision.downFile) || revision.file;
  const lines = [`-- ${plainLine(revision.id)}${title}${way}`, `-- ${plainLine(file)}`];
  const statements = direction === "up" ? revision.up : revision.down;
  if (statements === null) return `${[...lines, "-- there is no way back"].join("\n")}\n`;
  const own = toReview(statements ?? []);
  if (own.length === 0)
    lines.push(statements?.length ? "-- sends nothing but the tool's bookkeeping" : "-- nothing was sent");
  return `${[...lines, ...scriptLines(own), ...offlineNote(revision.offline?.[direction])].join("\n")}\n`;
}

/** The tool's own offline script, where it says something else. */
function offlineNote(offline: OfflineReport | undefined): readonly string[] {
  if (offline?.kind === "unavailable") return [`-- its tool cannot print it offline: ${plainLine(offline.reason)}`];
  if (offline?.kind !== "differs") return [];
  const difference = plainText(offline.difference).split("\n");
  return ["-- its tool prints another script offline (- printed, + sent):", ...difference.map((line) => `-- ${line}`)];
}

/**
 * Statements under each other, each behind what the server says it did; what takes several lines, and where a transaction
 * ends, stands apart.
 * @param limit of one statement, in characters
 */
export function scriptLines(statements: readonly StatementReport[], limit = Infinity): readonly string[] {
  const held: HeldLocks = new Map();
  const lines: string[] = [];
  let before: { readonly transaction: number; readonly isLong: boolean } | undefined;
  for (const { shown, more } of foldRows(statements)) {
    for (const statement of shown) {
      const { transaction } = statement;
      const isNext = before !== undefined && before.transaction !== transaction;
      const text = statementSql(statement, limit);
      const isLong = text.includes("\n");
      if (before !== undefined && (isLong || before.isLong || isNext)) lines.push("");
      lines.push(...surroundings(statement, isNext), ...describeEffects(statement, held), text);
      before = { transaction, isLong };
    }
    if (more > 0) lines.push(`-- and ${more} more like it, for other rows`);
  }
  return lines;
}

function surroundings(statement: StatementReport, isNext: boolean): readonly string[] {
  const { transactional, sqlState, evidenceReason } = statement;
  return [
    ...(transactional ? (isNext ? ["-- in another transaction:"] : []) : ["-- outside a transaction:"]),
    ...(sqlState === undefined ? [] : [`-- refused (SQLSTATE ${sqlState}):`]),
    ...(runsUnseen(statement) && evidenceReason !== undefined ? [`-- not all is known: ${evidenceReason}`] : []),
  ];
}

/** Whether it may have locked what is neither in its text nor known: a concurrent one locks little, by its nature. */
const runsUnseen = ({ evidence, tag, transactional, sql }: StatementReport): boolean =>
  evidence !== "complete" && tag !== undefined && (transactional || !/\bconcurrently\b/i.test(sql));

function statementSql(statement: StatementReport, limit: number): string {
  const { sql, cut } = readable(statement, limit);
  const laidOut = formatSql(plainText(sql));
  return cut > 0 ? `${laidOut}\n-- cut: ${cut} more characters` : terminated(laidOut);
}

/** Names on one line; a lock that others wait for is worth more of them. */
const shownRelations = 4;
const shownLocked = 8;

/** The strongest mode that each transaction has taken on each relation so far. */
type HeldLocks = Map<string, LockMode>;

/**
 * What the server says it did that others may notice, as one comment. A lock counts if its transaction had no stronger one;
 * `held` is brought up to date.
 */
function describeEffects(statement: StatementReport, held: HeldLocks): readonly string[] {
  const { rewrites, scans, transaction } = statement;
  // The strong lock at the end of a concurrent one is on an index that nobody uses any more.
  const locks = statement.transactional || !/\bconcurrently\b/i.test(statement.sql) ? statement.locks : [];
  const taken = new Map<string, LockMode>();
  for (const { relation, mode } of locks) {
    const key = `${transaction} ${relation}`;
    const strongest = strongerMode(held.get(key), mode as LockMode);
    if (strongest !== held.get(key)) taken.set(relation, strongest);
    held.set(key, strongest);
  }
  const byMode = Map.groupBy(taken, ([, mode]) => mode);
  const parts = [
    ...[...byMode]
      .filter(([mode]) => blocksQueries(mode))
      .map(
        ([mode, relations]) =>
          `${mode} on ${named(
            relations.map(([relation]) => relation),
            shownLocked,
          )} blocks ${blockedBy(mode)}`,
      ),
    ...(rewrites.length > 0 ? [`rewrites ${named(rewrites)}`] : []),
    ...(scans.length > 0 ? [`reads all of ${named(scans)}`] : []),
  ];
  return parts.length === 0 ? [] : [`-- ${parts.join("; ")}`];
}

function named(relations: readonly string[], most = shownRelations): string {
  return listed(relations.map(plainLine), most);
}
