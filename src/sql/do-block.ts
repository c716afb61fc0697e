import { blockVariables, expressionText, valuesOfPasses } from "./block-values.ts";
import { type Node, optionValue } from "./syntax.ts";
import { dollarQuote } from "./dollar-quote.ts";
import { parseRoutine, parseTrees } from "./parser.ts";
import { type KnownValues, textPutTogether } from "./text-put-together.ts";

/** A statement inside a `DO` block. */
export interface InnerStatement {
  /** Empty where only its tree is known. */
  readonly sql: string;
  readonly node: Node;
  /** How many lines below the block's own first line it begins. */
  readonly lines: number;
  /** Whether it may not run at all: it stands in a branch, a loop or a handler. */
  readonly conditional: boolean;
  /** The query for each of whose rows it runs, all of them in one transaction. */
  readonly loop?: Node;
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

/**
 * The statements of a `DO` block in the order of its text, and those that `EXECUTE` gets as a constant or
 * puts together of such. What the parser does not read is left out.
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

/** A routine, as far as its body is concerned. */
interface RoutineBody {
  readonly language: string;
  readonly body: string;
  readonly statements?: readonly Node[];
  readonly head: string;
}

/**
 * The same of the body of a routine, without its parameters: a statement that needs them is read all the same.
 * @throws Error when `loadParser` was not awaited before
 */
export function routineBlock(routine: RoutineBody): DoBlock {
  let block = known.get(routine);
  if (!block) known.set(routine, (block = readRoutine(routine)));
  return block;
}

const unreadable: DoBlock = { statements: [], opaque: true, handlesInLoop: false, swallowsErrors: false };

function readRoutine({ language, body, statements, head }: RoutineBody): DoBlock {
  if (language === "plpgsql") return readBody(body, 0, head);
  if (statements)
    return {
      ...unreadable,
      opaque: false,
      statements: statements.map((node) => ({ sql: "", node, lines: 0, conditional: false })),
    };
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

/** Where in a body something stands. */
interface Place {
  /** Counted from the body's first line, which is 1. */
  readonly lineno?: unknown;
  readonly conditional: boolean;
  readonly looped: boolean;
  /** Whether it was read before, for another pass of its loop. */
  readonly again: boolean;
  readonly values: KnownValues;
  /** The query of the loop around it, unless that commits. */
  readonly loop?: Node | undefined;
}

/** How an expression of PL/pgSQL was read: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/parser/parser.h */
const wholeStatement = 0;
const firstAssignment = 3;

/** The statement of an expression, or a query that calls what the expression calls; nothing for one that calls nothing. */
function statementOf({
  query = "",
  parseMode = wholeStatement,
}: {
  query?: string;
  parseMode?: number;
}): string | undefined {
  if (parseMode === wholeStatement) return query;
  if (!/[\w"]\s*\(/.test(query)) return undefined;
  return `SELECT ${parseMode < firstAssignment ? query : query.slice(query.indexOf("=") + 1)}`;
}

/**
 * @param before how many lines stand before the body
 * @param head of the routine, where it is the body of one
 */
function readBody(body: string, before: number, head?: string): DoBlock {
  const quoted = dollarQuote(body);
  const tree = (head && parseRoutine(`${head} LANGUAGE plpgsql AS ${quoted}`)) ?? parseRoutine(`DO ${quoted}`);
  if (tree === undefined) return unreadable;
  const statements: InnerStatement[] = [];
  let opaque = false;
  let handlesInLoop = false;
  let swallowsErrors = false;
  const add = (text: string, { lineno, conditional, loop }: Place): boolean => {
    const parsed = parseTrees(text);
    if (parsed.kind !== "parsed") return false;
    const bytes = parsed.statements.length > 1 ? Buffer.from(text) : undefined;
    const lines = before + (Number(lineno) || 1) - 1;
    for (const { node, start, end } of parsed.statements)
      statements.push({
        sql: bytes?.subarray(start, end).toString().trim() ?? text,
        node,
        lines,
        conditional,
        ...(loop && { loop }),
      });
    return true;
  };
  const run = (value: unknown, place: Place): void => {
    const text = textPutTogether(expressionText(value), place.values);
    if (text === undefined || !add(text, place)) opaque = true;
  };
  const visit = (value: unknown, place: Place): void => {
    if (Array.isArray(value)) return value.forEach((each) => visit(each, place));
    if (typeof value !== "object" || value === null) return;
    for (const [kind, inner] of Object.entries(value)) {
      if (typeof inner !== "object" || inner === null) continue;
      if (kind === "PLpgSQL_expr") {
        const sql = place.again ? undefined : statementOf(inner);
        if (sql !== undefined && !add(sql, place)) opaque = true;
        continue;
      }
      const { lineno, query, dynquery, body: passes, exceptions, ...rest } = inner as Record<string, unknown>;
      const within: Place = {
        ...place,
        ...(lineno === undefined ? {} : { lineno }),
        conditional: place.conditional || branches.has(kind),
        looped: place.looped || loops.has(kind),
      };
      if (kind === "PLpgSQL_stmt_dynexecute" || kind === "PLpgSQL_stmt_dynfors") run(query, within);
      else visit({ query }, within);
      if (dynquery !== undefined) run(dynquery, within);
      if (kind === "PLpgSQL_stmt_call") opaque = true;
      handlesInLoop ||= place.looped && kind === "PLpgSQL_exception_block";
      swallowsErrors ||= kind === "PLpgSQL_exception" && swallows(inner as ExceptionHandler);
      visit(rest, within);
      const loop = kind === "PLpgSQL_stmt_fors" && !commits(passes) ? onlyStatement(expressionText(query)) : place.loop;
      const rounds = valuesOfPasses(kind, inner as Record<string, unknown>, variables, place.values);
      for (const [round, values] of rounds.entries())
        visit({ body: passes }, { ...within, loop, values, again: place.again || round > 0 });
      visit({ exceptions }, within);
    }
  };
  const variables = blockVariables(tree);
  visit(tree, { conditional: false, looped: false, again: false, values: variables.constants });
  return { statements, opaque, handlesInLoop, swallowsErrors };
}

const commits = (body: unknown): boolean => JSON.stringify(body ?? "").includes("PLpgSQL_stmt_commit");

function onlyStatement(sql: string): Node | undefined {
  const parsed = parseTrees(sql);
  return parsed.kind === "parsed" ? parsed.statements[0]?.node : undefined;
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
