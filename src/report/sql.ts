import type { Direction } from "../finding.ts";
import { formatSql } from "../sql/format-sql.ts";
import type { OfflineReport, ProjectVerdict, RevisionReport, StatementReport } from "../verdict.ts";
import { plainLine, plainText } from "./plain-text.ts";

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
  const lines = [`-- ${plainLine(revision.id)}${title}`, `-- ${plainLine(revision.file)}`];
  const statements = direction === "up" ? revision.up : revision.down;
  if (statements === null) return `${[...lines, "-- there is no way back"].join("\n")}\n`;
  const own = (statements ?? []).filter(({ role }) => role === "migration");
  if (own.length === 0) lines.push("-- sends nothing but the tool's bookkeeping");
  return `${[...lines, ...own.map(statementSql), ...offlineNote(revision.offline?.[direction])].join("\n")}\n`;
}

/** The tool's own offline script, where it says something else. */
function offlineNote(offline: OfflineReport | undefined): readonly string[] {
  if (offline?.kind === "unavailable") return [`-- its tool cannot print it offline: ${plainLine(offline.reason)}`];
  if (offline?.kind !== "differs") return [];
  const difference = plainText(offline.difference).split("\n");
  return ["-- its tool prints another script offline (- printed, + sent):", ...difference.map((line) => `-- ${line}`)];
}

function statementSql(statement: StatementReport): string {
  const outside = statement.transactional ? [] : ["-- outside a transaction:"];
  const refused = statement.sqlState === undefined ? [] : [`-- refused (SQLSTATE ${statement.sqlState}):`];
  return [...outside, ...refused, `${formatSql(plainText(statement.sql).trim()).replace(/;\s*$/, "")};`].join("\n");
}
