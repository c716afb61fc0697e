import { isAboutRows } from "../sql/about-rows.ts";
import { statementIdentity } from "../sql/statement-identity.ts";
import type { ToldReport } from "./told-sessions.ts";

/**
 * How a statement may repeat: rows decide how often it and those around it come. `together`: in one transaction, as they were
 * recorded. `apart`: each time it may be in another one.
 */
export type Repeats = "together" | "apart";

/** A recorded statement as a plan takes it. */
export type PlannedReport = ToldReport & { readonly repeats?: Repeats };

/**
 * What was recorded of a revision that says that rows decide what it sends: its statements about rows may repeat, and each
 * stands once among those that nothing else comes between.
 */
export function withRepeats(statements: readonly ToldReport[]): readonly PlannedReport[] {
  const planned: PlannedReport[] = [];
  let group: ToldReport[] = [];
  const close = (): void => {
    const repeats = new Set(group.map(({ transaction }) => transaction)).size > 1 ? "apart" : "together";
    const seen = new Set<string>();
    for (const statement of group) {
      const { fingerprint, text } = statementIdentity(statement.sql, statement.fingerprint);
      const { session, transaction } = statement.told;
      const key = JSON.stringify([text ?? fingerprint, [...session], [...transaction]]);
      if (!seen.has(key)) planned.push({ ...statement, repeats });
      seen.add(key);
    }
    group = [];
  };
  for (const statement of statements) {
    const { role, transactional, sql } = statement;
    if (role === "migration" && transactional && isAboutRows(sql)) group.push(statement);
    else {
      if (role === "migration") close();
      planned.push(statement);
    }
  }
  close();
  return planned;
}
