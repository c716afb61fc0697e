import { passable } from "../../src/apply/passable.ts";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { withTold } from "../../src/plan/told-sessions.ts";
import { recordedRevision } from "../../src/replay/recorded-statements.ts";
import { rolesOf } from "../../src/replay/statement-roles.ts";
import { fingerprint } from "../../src/sql/fingerprint.ts";
import { fingerprintOf, statementIdentity } from "../../src/sql/statement-identity.ts";
import { parseTarget } from "../../src/target/target.ts";
import type { Target } from "../../src/target/target.ts";
import type { GuardedRevision, GuardedStatement } from "../../src/wire/guard.ts";
import type { RecordedStatement } from "../../src/wire/recording.ts";

/** A database of a test server as somebody in production would name it. */
export function targetOf(server: PostgresServer, database: string): Target {
  const { host, port, user, password } = server.connection(database);
  return parseTarget("", {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  });
}

/** A statement as a plan has it. The parser must be loaded. */
export function planned(sql: string, more: Partial<GuardedStatement> = {}): GuardedStatement {
  return { ...statementIdentity(sql, fingerprintOf(sql)), transactional: !/concurrently/i.test(sql), ...more };
}

/** What a recorded step may send in production; what it sent is its label's revision upwards. */
export function rehearsed(
  statements: readonly RecordedStatement[],
  revision: string,
  versionTables: readonly string[] = [],
): GuardedRevision {
  const { up = [] } = recordedRevision(
    statements,
    { id: revision, downgrade: "present" } as Parameters<typeof recordedRevision>[1],
    { roles: rolesOf(statements, versionTables), fingerprint },
  );
  return { revision, ...passable(withTold(up)) };
}
