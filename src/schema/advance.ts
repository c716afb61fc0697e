import { blocksQueries, strongerMode } from "../postgres/blocked-by.ts";
import type { BodyOf, Node } from "../sql/syntax.ts";
import { applyStatement } from "./apply/apply.ts";
import type { Effects } from "./effects/effects.ts";
import type { Place } from "./place.ts";
import { renaming } from "./renaming.ts";
import { begin, commit, isFresh, placeIn, type Session, type Transaction } from "./session.ts";
import { settingChanges, without, withChange } from "./settings.ts";

/**
 * The session after a statement ran without error. `effects` are those of the statement on the schema before it.
 * @param place where it stands in that session
 */
export function advance(
  session: Session,
  node: Node,
  effects: Effects,
  sql: string,
  place: Place = placeIn(session),
): Session {
  if ("TransactionStmt" in node) return advanceTransaction(session, node.TransactionStmt);
  let next: Session = { ...session, schema: applyStatement(session.schema, node, place) };
  if (!next.transaction) next = { ...next, transactions: next.transactions + 1 };
  for (const change of settingChanges(node)) {
    const inTransaction = next.transaction !== undefined;
    if (change.kind !== "reset all" && change.local) {
      if (inTransaction) next = { ...next, local: withChange(next.local, change, next.initial) };
    } else {
      const { local } = next;
      const rest = change.kind === "reset all" ? {} : without(local, change.name);
      next = { ...next, session: withChange(next.session, change, next.initial), local: rest };
    }
  }
  if (!next.transaction) return next;
  const transaction = withRenaming(
    withEffects(next.transaction, session, effects, sql),
    renaming(session.schema, node, place),
  );
  return { ...next, transaction };
}

function advanceTransaction(session: Session, statement: BodyOf<"TransactionStmt">): Session {
  const { transaction } = session;
  const name = statement.savepoint_name ?? "";
  switch (statement.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return begin(session, "file");
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_PREPARE":
      return statement.chain ? begin(commit(session), "file") : commit(session);
    case "TRANS_STMT_ROLLBACK":
      return statement.chain ? begin(rollback(session), "file") : rollback(session);
    case "TRANS_STMT_SAVEPOINT": {
      if (!transaction) return session;
      const { schema, session: set, local } = session;
      const { held, blocking, renames } = transaction;
      const savepoint = { name, schema, session: set, local, held, blocking, renames };
      return { ...session, transaction: { ...transaction, savepoints: [...transaction.savepoints, savepoint] } };
    }
    case "TRANS_STMT_RELEASE":
    case "TRANS_STMT_ROLLBACK_TO": {
      const index = transaction?.savepoints.findLastIndex((candidate) => candidate.name === name) ?? -1;
      const savepoint = transaction?.savepoints[index];
      if (!transaction || !savepoint) return session;
      if (statement.kind === "TRANS_STMT_RELEASE")
        return { ...session, transaction: { ...transaction, savepoints: transaction.savepoints.slice(0, index) } };
      const { schema, session: set, local, held, blocking, renames } = savepoint;
      const kept = { ...transaction, held, blocking, renames, savepoints: transaction.savepoints.slice(0, index + 1) };
      return { ...session, schema, session: set, local, transaction: kept };
    }
    default:
      return session;
  }
}

/** The transaction with what it holds under the new name. */
function withRenaming(transaction: Transaction, names: ReturnType<typeof renaming>): Transaction {
  if (!names) return transaction;
  const { from, to } = names;
  const renames = new Map(transaction.renames);
  renames.delete(from);
  renames.set(to, transaction.renames.get(from) ?? from);
  const lock = transaction.held.get(from);
  return {
    ...transaction,
    renames,
    held: lock ? transaction.held.delete(from).set(to, { ...lock, relation: to }) : transaction.held,
    blocking: transaction.blocking.map((each) => (each.relation === from ? { ...each, relation: to } : each)),
  };
}

function withEffects(transaction: Transaction, session: Session, { locks }: Effects, sql: string): Transaction {
  const { statements: statement } = transaction;
  let { held, blocking } = transaction;
  for (const [relation, mode] of locks) {
    if (isFresh(session, relation)) continue;
    const present = held.get(relation);
    if (present && strongerMode(present.mode, mode) === present.mode) continue;
    const lock = { relation, mode, sql, statement };
    held = held.set(relation, lock);
    if (blocksQueries(mode) && blocking.length < 2 && !blocking.some((earlier) => earlier.statement === statement))
      blocking = [...blocking, lock];
  }
  return { ...transaction, statements: statement + 1, held, blocking };
}

/** Ends the transaction, if there is one, and forgets what it did. */
function rollback({ transaction, ...session }: Session): Session {
  return { ...session, ...transaction?.before, local: {} };
}
