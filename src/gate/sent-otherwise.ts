import { rowFunctions, steadyFunctions } from "../postgres/built-in-functions.ts";
import { onlyStatement } from "../sql/parser.ts";
import { fingerprintOf, statementIdentity } from "../sql/statement-identity.ts";
import { nameParts, type Node, walk } from "../sql/syntax.ts";
import type { RecordedStatement } from "../wire/recording.ts";

/** How what a migration sends differs from what it sent: not at all, in constants, in what it reads without doing more, or in what it does. */
export type SentOtherwise = "same" | "values" | "reads" | "other";

/** Compares what a migration sent with what it sends now. @throws Error when `loadParser` was not awaited before */
export function sentOtherwise(old: readonly RecordedStatement[], young: readonly RecordedStatement[]): SentOtherwise {
  const texts = (all: readonly RecordedStatement[]) => JSON.stringify(all.map(({ sql, values }) => [sql, values]));
  if (texts(old) === texts(young)) return "same";
  const identities = (all: readonly RecordedStatement[]) =>
    JSON.stringify(all.map(({ sql, values }) => statementIdentity(sql, fingerprintOf(sql), values)));
  if (identities(old) === identities(young)) return "values";
  const done = (all: readonly RecordedStatement[]) => all.filter(({ sql }) => !onlyReads(sql));
  return texts(done(old)) === texts(done(young)) ? "reads" : "other";
}

/** Whether it binds something to any of these: values that are kept nowhere, and so cannot be compared. */
export const bindsValues = (sent: readonly RecordedStatement[]): boolean => sent.some(({ sql }) => /\$\d/.test(sql));

/** Whether a statement gives rows and does nothing else, whoever made the functions that it calls. */
function onlyReads(sql: string): boolean {
  const query = onlyStatement(sql);
  if (query === undefined || !("SelectStmt" in query)) return false;
  const { intoClause, lockingClause } = query.SelectStmt;
  if (intoClause || lockingClause) return false;
  return walk(query).every((node) => {
    if ("InsertStmt" in node || "UpdateStmt" in node || "DeleteStmt" in node || "MergeStmt" in node) return false;
    const call = node["FuncCall"] as { funcname?: Node[] } | undefined;
    return call === undefined || rowFunctions.has(nameOf(call.funcname)) || steadyFunctions.has(nameOf(call.funcname));
  });
}

const nameOf = (name: Node[] | undefined): string => nameParts(name).at(-1) ?? "";
