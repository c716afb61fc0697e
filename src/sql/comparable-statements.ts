import type { Node } from "libpg-query";
import { steadyFunctions } from "../postgres/built-in-functions.ts";
import { withoutConstants } from "./parser.ts";
import { parseScript } from "./parse-script.ts";
import { nameParts, walk } from "./syntax.ts";
import { withAnyPassword } from "./without-passwords.ts";

/** One statement of a script, in a form that can be compared with that of another script. */
export interface ComparableStatement {
  /** Without its semicolon and what precedes it; the constants of one that is about rows are `$1`, …. */
  readonly sql: string;
  /**
   * The same for statements that do the same: layout, comments, letter case and the tool's way to write values apart.
   * Constants count where they are a part of the schema, and not where they are rows.
   */
  readonly key: string;
  /** Whether it is about rows, and somebody has to give it values before it can run. */
  readonly wantsValues: boolean;
}

/**
 * The statements of a script that change something: no transaction control, no settings, nothing that only reads. Statements
 * that only repeat the one before with other rows are one: client libraries send as many as they like.
 * @throws Error when `loadParser` was not awaited before
 */
export function comparableStatements(script: string): readonly ComparableStatement[] {
  // Alembic prints a tab as four blanks.
  const statements = parseScript(readable(withAnyPassword(script).replaceAll("\t", "    ")));
  const compared = statements.flatMap((statement): readonly ComparableStatement[] => {
    if (statement.kind === "unparsed")
      return [{ sql: statement.sql, key: statement.sql.replaceAll(/\s+/g, " ").toLowerCase(), wantsValues: false }];
    const { node, sql } = statement;
    if (changesNothing(node)) return [];
    const isAboutRows = rowNodes.has(Object.keys(node)[0] ?? "");
    const key = JSON.stringify(canonical(node, isAboutRows));
    if (!isAboutRows) return [{ sql, key, wantsValues: false }];
    return [{ sql: withoutConstants(sql), key, wantsValues: walk(node).some((inner) => "ParamRef" in inner) }];
  });
  return compared.filter(({ key }, index) => key !== compared[index - 1]?.key);
}

const rowNodes = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt"]);
const silentNodes = new Set(["TransactionStmt", "VariableSetStmt", "VariableShowStmt", "DiscardStmt"]);

/** What SQLAlchemy leaves for a driver to fill in: `%(name)s`, `%s` and `:name`; PostgreSQL's parser knows `$1` only. */
const placeholder = /%\(\w+\)s|%s|(?<![:\w]):[A-Za-z_]\w*/g;

function readable(script: string): string {
  if (!placeholder.test(script) || parseScript(script).every(({ kind }) => kind === "parsed")) return script;
  const filled = script.replaceAll(placeholder, "$1");
  return parseScript(filled).every(({ kind }) => kind === "parsed") ? filled : script;
}

function changesNothing(node: Node): boolean {
  if (silentNodes.has(Object.keys(node)[0] ?? "")) return true;
  if (!("SelectStmt" in node)) return false;
  for (const inner of walk(node)) {
    if ("InsertStmt" in inner || "UpdateStmt" in inner || "DeleteStmt" in inner || "MergeStmt" in inner) return false;
    if (inner["intoClause"] || inner["lockingClause"]) return false;
    const call = inner["FuncCall"] as { readonly funcname?: readonly Node[] } | undefined;
    const called = call && (nameParts(call.funcname).at(-1) ?? "");
    if (called !== undefined && !steadyFunctions.has(called) && !locking.test(called)) return false;
  }
  return true;
}

/** How runs of a migration tool keep out of each other's way, and what such a lock is named by. */
const locking = /^(?:pg_(?:try_)?advisory_(?:xact_)?(?:un)?lock(?:_shared|_all)?|hashtext(?:extended)?)$/;

const constant = "constant";
/** Where something was written in its text. */
const places = /(?:^|_)location$|^stmt_len$|_?list_(?:start|end)$/;

/** A parse tree without what two writers of the same statement do differently. */
function canonical(tree: unknown, isAboutRows: boolean): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) {
    const items = tree.map((item) => canonical(item, isAboutRows));
    // `IN ($1, $2)` and the rows of VALUES.
    return isAboutRows
      ? items.filter((item, at) => at === 0 || JSON.stringify(item) !== JSON.stringify(items[at - 1]))
      : items;
  }
  const fields = tree as Readonly<Record<string, unknown>>;
  if (isAboutRows) {
    if ("A_Const" in fields || "ParamRef" in fields) return constant;
    for (const [wrapper, part] of wrappers) {
      const wrapped = fields[wrapper] as Readonly<Record<string, unknown>> | undefined;
      if (wrapped && isConstant(canonical(wrapped[part] ?? [], true))) return constant;
    }
  }
  return Object.fromEntries(
    Object.entries(fields)
      // SQLAlchemy asks for the keys of new rows where it has somebody to give them to.
      .filter(([name]) => !places.test(name) && !(isAboutRows && name === "returningList"))
      .map(([name, value]) => [name, canonical(value, isAboutRows)]),
  );
}

/** `$1::integer`, `ARRAY[$1]`. */
const wrappers = [
  ["TypeCast", "arg"],
  ["A_ArrayExpr", "elements"],
] as const;

const isConstant = (value: unknown): boolean =>
  value === constant || (Array.isArray(value) && value.every((item) => item === constant));
