import type { Routine } from "../schema/schema.ts";
import { type Settings, settingChanges } from "../schema/settings.ts";
import { doBlock, type InnerStatement, routineBlock } from "../sql/do-block.ts";
import { isOptionOn, type Node } from "../sql/syntax.ts";
import { calledRoutines } from "./called-routines.ts";
import type { Step } from "./rule.ts";

/** What `PREPARE` keeps for `EXECUTE`, by name. */
export type Prepared = ReadonlyMap<string, Node>;

/**
 * The statements that a statement runs beside itself: those of a `DO` block, of the routines of the history that it calls,
 * what `EXPLAIN ANALYZE` explains, and what `EXECUTE` was prepared to run.
 * `settings` are in effect for a statement beside those of the session, and no longer.
 * @param entered the routines that are not walked through again; those that are walked through now are added
 */
export function innerStatements(
  { node, sql, schema, searchPath }: Step,
  prepared: Prepared,
  entered: Set<Routine>,
): readonly (InnerStatement & { readonly settings?: Settings })[] {
  if ("ExplainStmt" in node) {
    const { query, options } = node.ExplainStmt;
    return query && isOptionOn(options, "analyze") ? [itself(query, sql)] : [];
  }
  if ("ExecuteStmt" in node) {
    const query = prepared.get(node.ExecuteStmt.name ?? "");
    return query ? [itself(query, sql)] : [];
  }
  if ("DoStmt" in node) return doBlock(node.DoStmt, sql).statements;
  return calledRoutines(node, schema, searchPath).flatMap((routine) => {
    if (entered.has(routine)) return [];
    entered.add(routine);
    const { statements } = routineBlock(routine);
    const settings = settingsThroughout(routine, statements);
    return statements.map((statement) => ({ ...statement, sql: statement.sql || sql, lines: 0, settings }));
  });
}

/** What a routine sets for itself, without what its body sets again. */
function settingsThroughout({ settings }: Routine, statements: readonly InnerStatement[]): Settings {
  const changes = statements.flatMap(({ node }) => settingChanges(node));
  if (changes.some(({ kind }) => kind === "reset all")) return {};
  const changed = new Set(changes.map((change) => ("name" in change ? change.name : "")));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !changed.has(name)));
}

const itself = (node: Node, sql: string): InnerStatement => ({ node, sql, lines: 0, conditional: false });

/** What is prepared after a statement. */
export function preparedAfter(prepared: Prepared, node: Node): Prepared {
  if ("PrepareStmt" in node) {
    const { name, query } = node.PrepareStmt;
    return name !== undefined && query ? new Map([...prepared, [name, query]]) : prepared;
  }
  if (!("DeallocateStmt" in node)) return prepared;
  const { name } = node.DeallocateStmt;
  return new Map(name === undefined ? [] : [...prepared].filter(([other]) => other !== name));
}
