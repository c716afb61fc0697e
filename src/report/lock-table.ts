import { blockedBy, isSchemaLock } from "../postgres/blocked-by.ts";
import { lockModes } from "../postgres/lock-modes.ts";
import type { RevisionReport, StatementReport } from "../verdict.ts";
import { code } from "./markup.ts";
import { migrationsOwn } from "./reviewed-statements.ts";

/** A table longer than this is not read. */
const longest = 40;

/**
 * The locks that the upgrades of new revisions took and that somebody else's queries or changes would wait for, the strongest
 * first, as an HTML table in a fold; nothing where there are none.
 */
export function lockTable(revisions: readonly RevisionReport[]): readonly string[] {
  const statements = revisions.filter((revision) => revision.new).flatMap(({ up }) => migrationsOwn(up ?? []));
  const locked = lockModes.toReversed().flatMap((mode) =>
    isSchemaLock(mode)
      ? statements.flatMap((statement) => {
          const relations = statement.locks.filter((lock) => lock.mode === mode).map(({ relation }) => relation);
          return relations.length === 0 ? [] : [{ statement, mode, relations }];
        })
      : [],
  );
  if (locked.length === 0) return [];
  const rows = locked.slice(0, longest).map(({ statement, mode, relations }) => {
    const where = `${mode} on ${relations.map((relation) => code(relation)).join(", ")}`;
    return `<tr><td>${code(shortened(statement.sql))}</td><td>${where}</td><td>${blockedBy(mode)}</td><td>${observed(statement, relations)}</td></tr>`;
  });
  const rest = locked.length - rows.length;
  return [
    [
      `<details><summary>Locks: ${locked.length}, the strongest ${locked[0]?.mode}</summary>`,
      "",
      "<table>",
      "<tr><th>statement</th><th>lock</th><th>blocks</th><th>observed</th></tr>",
      ...rows,
      "</table>",
      "",
      ...(rest > 0 ? [`<p>and ${rest} more</p>`, ""] : []),
      "</details>",
    ].join("\n"),
  ];
}

/** What PostgreSQL said about it when it was replayed. */
function observed(statement: StatementReport, relations: readonly string[]): string {
  const { evidence, rewrites, scans, transactional } = statement;
  return [
    evidence === "sampled" ? "sampled while it ran" : "in pg_locks",
    ...relations.filter((relation) => rewrites.includes(relation)).map((relation) => `${code(relation)} rewritten`),
    ...relations.filter((relation) => scans.includes(relation)).map((relation) => `${code(relation)} read whole`),
    ...(transactional ? ["held until the transaction ends"] : []),
  ].join("; ");
}

function shortened(sql: string): string {
  const line = sql.replaceAll(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
