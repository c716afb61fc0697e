import { parseRoutine, parseTrees, scanTokens, type Token } from "./parser.ts";
import { optionValue, walk, type Node } from "./syntax.ts";

const clock =
  /\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|\b(?:current_date|current_timestamp|localtimestamp)\b/i;

/**
 * A text whose queries and blocks of code find the database's clock ahead, by so many days: what they ask it for decides what
 * is sent, or done, next. Definitions stay as they are (`DEFAULT now()`, views, functions), and so does what is written into
 * rows. As it is where that does not parse.
 * @throws Error when `loadParser` was not awaited before
 */
export function withLaterClock(sql: string, days: number): string {
  if (!clock.test(sql)) return sql;
  const parsed = parseTrees(sql);
  if (parsed.kind !== "parsed") return sql;
  const bytes = Buffer.from(sql);
  let later = "";
  let end = 0;
  for (const statement of parsed.statements) {
    const stop = statement.end ?? bytes.length;
    const text = bytes.toString("utf8", statement.start, stop);
    later += bytes.toString("utf8", end, statement.start) + laterStatement(statement.node, text, days);
    end = stop;
  }
  return later + bytes.toString("utf8", end);
}

function laterStatement(node: Node, sql: string, days: number): string {
  if ("SelectStmt" in node && walk(node).every((part) => !writes(part))) return checked(sql, laterQuery(sql, days));
  if (!("DoStmt" in node)) return sql;
  const body = optionValue(node.DoStmt.args, "as") ?? "";
  if ((optionValue(node.DoStmt.args, "language") ?? "plpgsql") !== "plpgsql") return sql;
  const later = `${sql.slice(0, Math.max(0, sql.indexOf(body)))}${laterBlock(body, days)}${sql.slice(sql.indexOf(body) + body.length)}`;
  return sql.includes(body) && parseRoutine(later) !== undefined ? checked(sql, later) : sql;
}

const checked = (sql: string, later: string): string => (parseTrees(later).kind === "parsed" ? later : sql);

const writes = (part: Readonly<Record<string, unknown>>): boolean =>
  ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "intoClause"].some((kind) => kind in part);

function laterQuery(sql: string, days: number): string {
  const tokens = scanTokens(sql) ?? [];
  return replaced(sql, readings(tokens, 0, tokens.length), days);
}

/** What defines something, or writes rows, reaches to its semicolon and stays as it is. */
const keeps = /^(?:create|alter|comment|grant|revoke|drop|insert|update|delete|merge|copy|refresh|set)$/i;
const beginsStatement = /^(?:begin|then|else|loop|declare|exception)$/i;

function laterBlock(body: string, days: number): string {
  const tokens = scanTokens(body) ?? [];
  const found: Reading[] = [];
  let start = 0;
  for (let at = 0; at <= tokens.length; at++) {
    const text = tokens[at]?.text ?? ";";
    const isKept = keeps.test(tokens[start]?.text ?? "");
    if (text !== ";" && (isKept || !beginsStatement.test(text))) continue;
    if (!isKept) found.push(...readings(tokens, start, at));
    start = at + 1;
  }
  return replaced(body, found, days);
}

/** A place where the clock is asked. */
interface Reading {
  readonly start: number;
  readonly end: number;
  /** How a column that is nothing else is called. */
  readonly name: string;
}

const functions = /^(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)$/i;
const words = /^(?:current_date|current_timestamp|localtimestamp)$/i;

function readings(tokens: readonly Token[], from: number, to: number): readonly Reading[] {
  const found: Reading[] = [];
  for (let at = from; at < to; at++) {
    const token = tokens[at];
    if (!token) continue;
    const qualified = tokens[at - 1]?.text === ".";
    if (/^as$/i.test(tokens[at - 1]?.text ?? "") || isTable(tokens, qualified ? at - 2 : at)) continue;
    if (functions.test(token.text) && tokens[at + 1]?.text === "(" && tokens[at + 2]?.text === ")") {
      const schema = qualified ? tokens[at - 2] : undefined;
      if (qualified && schema?.text.toLowerCase() !== "pg_catalog") continue;
      found.push({
        start: (schema ?? token).start,
        end: tokens[at + 2]?.end ?? token.end,
        name: token.text.toLowerCase(),
      });
    } else if (words.test(token.text) && !qualified) {
      const precise = tokens[at + 1]?.text === "(" && tokens[at + 3]?.text === ")" ? tokens[at + 3] : undefined;
      found.push({ start: token.start, end: (precise ?? token).end, name: token.text.toLowerCase() });
    }
  }
  return found;
}

/** `FROM now()`, where a subquery would need a name before PostgreSQL 16; not `EXTRACT(year FROM now())`. */
const isTable = (tokens: readonly Token[], at: number): boolean =>
  /^(?:from|join|lateral)$/i.test(tokens[at - 1]?.text ?? "") &&
  !/^distinct$/i.test(tokens[at - 2]?.text ?? "") &&
  !/^extract$/i.test(tokens[at - 4]?.text ?? "");

/** A subquery of one column has that column's name, so that a client finds it as before. */
function replaced(sql: string, found: readonly Reading[], days: number): string {
  let text = "";
  let end = 0;
  for (const { start, end: stop, name } of found) {
    const ahead = name === "current_date" ? days : `pg_catalog.make_interval(days => ${days})`;
    text += `${sql.slice(end, start)}(SELECT ${sql.slice(start, stop)} + ${ahead} AS "${name}")`;
    end = stop;
  }
  return text + sql.slice(end);
}
