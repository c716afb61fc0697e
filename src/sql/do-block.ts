import { constantText, type Node, optionValue, walk } from "./syntax.ts";
import { dollarQuote } from "./dollar-quote.ts";
import { parseRoutine, parseTrees } from "./parser.ts";

/** A statement inside a `DO` block. */
export interface InnerStatement {
  readonly sql: string;
  readonly node: Node;
  /** How many lines below the block's own first line it begins. */
  readonly lines: number;
  /** Whether it may not run at all: it stands in a branch, a loop or a handler. */
  readonly conditional: boolean;
}

/** What a `DO` block holds. */
export interface DoBlock {
  readonly statements: readonly InnerStatement[];
  /** Whether it runs something that is not in its text: SQL put together while it runs, or a procedure. */
  readonly opaque: boolean;
  /** Whether it holds a handler of errors inside a loop. */
  readonly handlesInLoop: boolean;
  /** Whether it holds a handler that lets every error pass: it does no more than tell. */
  readonly swallowsErrors: boolean;
}

const loops = new Set([
  "PLpgSQL_stmt_loop",
  "PLpgSQL_stmt_while",
  "PLpgSQL_stmt_fori",
  "PLpgSQL_stmt_fors",
  "PLpgSQL_stmt_forc",
  "PLpgSQL_stmt_foreach_a",
  "PLpgSQL_stmt_dynfors",
]);
const branches = new Set([...loops, "PLpgSQL_stmt_if", "PLpgSQL_stmt_case", "PLpgSQL_exception_block"]);

/** Where a statement holds one of SQL: what `PERFORM` runs and what a loop goes through are queries. */
const sqlIn: Readonly<Record<string, string>> = {
  PLpgSQL_stmt_execsql: "sqlstmt",
  PLpgSQL_stmt_perform: "expr",
  PLpgSQL_stmt_fors: "query",
};

/**
 * The statements of a `DO` block in the order of its text, and those that `EXECUTE` gets as a constant. What the parser does not
 * read as one statement is left out.
 * @param sql the text of the `DO` statement
 * @throws Error when `loadParser` was not awaited before
 */
export function doBlock(statement: Extract<Node, { DoStmt: unknown }>["DoStmt"], sql: string): DoBlock {
  let block = known.get(statement);
  if (!block) known.set(statement, (block = readBlock(statement, sql)));
  return block;
}

/** The history and several rules ask for one block. */
const known = new WeakMap<object, DoBlock>();

/**
 * The same of the body of a routine, without its parameters: a statement that needs them is read all the same.
 * @throws Error when `loadParser` was not awaited before
 */
export function routineBlock(routine: { readonly language: string; readonly body: string }): DoBlock {
  let block = known.get(routine);
  if (!block) known.set(routine, (block = readRoutine(routine)));
  return block;
}

const unreadable: DoBlock = { statements: [], opaque: true, handlesInLoop: false, swallowsErrors: false };

function readRoutine({ language, body }: { readonly language: string; readonly body: string }): DoBlock {
  if (language === "plpgsql") return readBody(body, 0);
  const parsed = language === "sql" ? parseTrees(body) : undefined;
  if (parsed?.kind !== "parsed") return unreadable;
  const bytes = Buffer.from(body);
  return {
    ...unreadable,
    opaque: false,
    statements: parsed.statements.map(({ node, start, end }) => ({
      sql: bytes.subarray(start, end).toString().trim(),
      node,
      lines: 0,
      conditional: false,
    })),
  };
}

function readBlock({ args }: Extract<Node, { DoStmt: unknown }>["DoStmt"], sql: string): DoBlock {
  const body = optionValue(args, "as") ?? "";
  if ((optionValue(args, "language") ?? "plpgsql") !== "plpgsql") return unreadable;
  return readBody(body, sql.slice(0, Math.max(0, sql.indexOf(body))).split("\n").length - 1);
}

/** @param before how many lines stand before the body */
function readBody(body: string, before: number): DoBlock {
  const tree = parseRoutine(`DO ${dollarQuote(body)}`);
  if (tree === undefined) return unreadable;
  const statements: InnerStatement[] = [];
  let opaque = false;
  let handlesInLoop = false;
  let swallowsErrors = false;
  const add = (text: string, lineno: unknown, conditional: boolean): boolean => {
    const parsed = parseTrees(text);
    if (parsed.kind !== "parsed") return false;
    const [first, second] = parsed.statements;
    if (first && !second)
      statements.push({ sql: text, node: first.node, lines: before + (Number(lineno) || 1) - 1, conditional });
    return true;
  };
  const visit = (value: unknown, conditional: boolean, looped: boolean): void => {
    if (Array.isArray(value)) return value.forEach((each) => visit(each, conditional, looped));
    if (typeof value !== "object" || value === null) return;
    for (const [kind, inner] of Object.entries(value)) {
      const { lineno, query, [sqlIn[kind] ?? ""]: sql } = (inner ?? {}) as Record<string, unknown>;
      if (sql !== undefined) opaque = !add(expression(sql), lineno, conditional) || opaque;
      if (kind === "PLpgSQL_stmt_dynexecute" || kind === "PLpgSQL_stmt_dynfors") {
        const constant = constantOf(expression(query));
        if (constant === undefined || !add(constant, lineno, conditional)) opaque = true;
      }
      if (kind === "PLpgSQL_stmt_call") opaque = true;
      handlesInLoop ||= looped && kind === "PLpgSQL_exception_block";
      swallowsErrors ||= kind === "PLpgSQL_exception" && swallows(inner as ExceptionHandler);
      visit(inner, conditional || branches.has(kind), looped || loops.has(kind));
    }
  };
  visit(tree, false, false);
  return { statements, opaque, handlesInLoop, swallowsErrors };
}

interface ExceptionHandler {
  readonly conditions?: readonly { readonly PLpgSQL_condition?: { readonly condname?: string } }[];
  /** Without those that are `NULL`. */
  readonly action?: readonly { readonly PLpgSQL_stmt_raise?: { readonly elog_level?: number } }[];
}

/** PostgreSQL's number for an error; notices and warnings have lower ones. */
const errorLevel = 21;

const swallows = ({ conditions = [], action = [] }: ExceptionHandler): boolean =>
  conditions.some((one) => one.PLpgSQL_condition?.condname === "others") &&
  action.every((one) => (one.PLpgSQL_stmt_raise?.elog_level ?? errorLevel) < errorLevel);

const expression = (value: unknown): string =>
  (value as { PLpgSQL_expr?: { query?: string } } | undefined)?.PLpgSQL_expr?.query ?? "";

/** The text that an SQL expression is, where it is a constant. */
function constantOf(sql: string): string | undefined {
  const parsed = parseTrees(`SELECT ${sql}`);
  if (parsed.kind !== "parsed") return undefined;
  for (const node of walk(parsed.statements[0]?.node))
    if ("ResTarget" in node) return constantText((node["ResTarget"] as { val?: Node }).val);
  return undefined;
}
