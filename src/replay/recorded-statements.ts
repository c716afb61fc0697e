import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import { withAnyPassword } from "../sql/without-passwords.ts";
import type { ExistingRelation, RecordedStatement, RelationKind } from "../wire/recording.ts";
import type { RevisionReport, StatementReport } from "../verdict.ts";

/** What turns a recording into reports. */
export interface RecordedStatementOptions {
  /** What each statement is there for. */
  readonly roles: ReadonlyMap<RecordedStatement, StatementReport["role"]>;
  /** The same text for statements that differ only in constants; throws when it does not parse. */
  readonly fingerprint: (sql: string) => string;
}

/** What was recorded of a revision: nothing where it was not examined, and `null` for a way back that it does not have. */
export function recordedRevision(
  statements: readonly RecordedStatement[],
  { id, downgrade }: Revision,
  options: RecordedStatementOptions,
): Pick<RevisionReport, "up" | "down"> {
  const up = recordedStatements(statements, id, "up", options);
  const down = recordedStatements(statements, id, "down", options);
  return {
    ...(up.length === 0 ? {} : { up }),
    ...(down.length > 0 ? { down } : up.length > 0 && downgrade !== "present" ? { down: null } : {}),
  };
}

/** The statements of one step, in order, as the verdict shows them. */
function recordedStatements(
  statements: readonly RecordedStatement[],
  revision: string,
  direction: Direction,
  options: RecordedStatementOptions,
): readonly StatementReport[] {
  const numbers = new Map<number, number>();
  const connections = new Map<number, number>();
  return statements
    .filter(({ label }) => label?.revision === revision && label.direction === direction)
    .map((statement): StatementReport => {
      const { evidence, sql, values, result } = statement;
      // Numbered within the step: how many transactions earlier steps took says nothing about this one.
      const transaction = numbers.get(statement.transaction) ?? numbers.size + 1;
      numbers.set(statement.transaction, transaction);
      const connection = connections.get(statement.connection) ?? connections.size + 1;
      connections.set(statement.connection, connection);
      const fingerprint = fingerprintOf(sql, options);
      return {
        sql,
        ...(fingerprint === undefined ? {} : { fingerprint }),
        role: options.roles.get(statement) ?? "migration",
        ...optional("values", values),
        ...optional("result", result),
        transaction,
        transactional: statement.block !== "none",
        durationMs: Math.round(statement.durationMs * 1000) / 1000,
        ...(statement.tag === undefined ? {} : { tag: statement.tag }),
        ...(statement.rows === undefined ? {} : { rows: statement.rows }),
        ...(statement.error === undefined
          ? {}
          : { sqlState: statement.error.sqlState, ...optional("position", statement.error.position) }),
        connection,
        locks: tablesFirst(evidence.locks).map(({ relation, mode }) => ({ relation, mode })),
        rewrites: tablesFirst(evidence.rewrites).map(({ relation }) => relation),
        scans: evidence.scans.map(({ relation }) => relation),
        ...(evidence.indexBuilds.length === 0 ? {} : { indexBuilds: evidence.indexBuilds.map(({ index }) => index) }),
        ...(evidence.verifications.length === 0 ? {} : { verifications: evidence.verifications }),
        ...optional("walBytes", evidence.walBytes),
        ...optional("lockTimeoutMs", evidence.lockTimeoutMs),
        evidence: evidence.completeness,
        ...(evidence.reason === undefined ? {} : { evidenceReason: evidence.reason }),
      };
    });
}

/** What people know by name before what hangs on it: a list that is cut somewhere loses indexes first. */
function tablesFirst<Relation extends ExistingRelation>(relations: readonly Relation[]): readonly Relation[] {
  const tables = relations.filter(({ kind }) => isTable.has(kind));
  return [...tables, ...relations.filter(({ kind }) => !isTable.has(kind))];
}

const isTable: ReadonlySet<RelationKind> = new Set(["table", "partitioned table", "materialized view", "view"]);

function fingerprintOf(sql: string, { fingerprint }: RecordedStatementOptions): string | undefined {
  try {
    return fingerprint(withAnyPassword(sql));
  } catch {
    return undefined;
  }
}
