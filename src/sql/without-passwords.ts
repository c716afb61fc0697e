import { holdsSql } from "./holds-sql.ts";
import { withoutSecretConstants } from "./secret-constants.ts";
import { mayHoldSecret, withoutPasswordPairs } from "./secret-names.ts";

/**
 * SQL to be shown, without what can be known to be a secret: passwords of roles, user mappings and connection strings, what is
 * given to something named as one, and what well-known services give out.
 * @throws Error when `loadParser` was not awaited before
 */
export function withoutPasswords(sql: string): string {
  if (!mayHoldSecret(sql)) return sql;
  return withoutSecretConstants(withAnyPassword(sql).replace(passwordAssigned, maskAssigned));
}

/**
 * SQL in which one password is like any other: those of roles and user mappings, also where code gives them, and those of a
 * subscription's connection. What is only named as one is not: it may be what runs. Nothing but constants is replaced, so that it parses as it did, and what was replaced stays.
 */
export function withAnyPassword(sql: string): string {
  if (!/passw|secret/i.test(sql)) return sql;
  const variables = new Set<string>();
  const masked = sql
    .replace(givesPassword.test(sql) ? passwordAtOnce : passwordOption, (...matched) =>
      maskOption(variables, ...matched),
    )
    .replace(variables.size === 0 ? /$^/ : assignedTo(variables), maskAssigned);
  return connects.test(sql) ? withoutPasswordPairs(masked) : masked;
}

const givesPassword = /^\s*(?:create|alter)\s+(?:role|user|group)\b/i;
const connects = /^\s*(?:create|alter)\s+subscription\b/i;

const blank = String.raw`(?:\s|/\*(?:[^*]|\*(?!/))*\*/|--[^\n]*\n)`;
/** How a password is written: put together while code runs (`%L', 'x')`, `' || 'x'`), or as a constant: in quotes that are doubled because a constant is around it, in quotes, in dollar quotes. */
const written = [
  String.raw`(?<made>(?:%(?:\d+\$)?[-\d*$]*[sLI]|'+\s*\|\|)[^;]*)`,
  String.raw`(?:e|u&)?(?<quotes>'{4}|'')(?!')[^']+\k<quotes>`,
  String.raw`(?:e|u&)?'(?:[^'\\]|''|\\[^])*'(?:\s*\n\s*'[^']*')*`,
  String.raw`(?<tag>\$\w*\$)[^]*?\k<tag>`,
].join("|");
const option = (gap: string): RegExp => new RegExp(String.raw`(?<![\w$"'])(?<name>password${gap})(?:${written})`, "gi");

/** `PASSWORD 'x'` of a role, and `password 'x'` among options: https://www.postgresql.org/docs/18/sql-createrole.html */
const passwordOption = option(`${blank}+`);
/** Elsewhere, a constant may well end with the word. */
const passwordAtOnce = option(`${blank}*`);

/** @param variables gets the names of what a password is put together from */
function maskOption(variables: Set<string>, ...matched: unknown[]): string {
  const { name = "", made, quotes = "'" } = matched.at(-1) as Readonly<Record<string, string | undefined>>;
  if (made === undefined) return `${name}${quotes}***${quotes}`;
  for (const [variable] of made.replaceAll(/'(?:[^']|'')*'/g, "").matchAll(/(?<![\w%])[a-z_]\w{0,62}(?![\w(])/gi))
    if (variables.size < mostVariables) variables.add(variable);
  return name + made.replaceAll(/(?<=[(,|]\s*)e?'(?:[^']|'')*'/gi, (constant) => maskAssigned(constant, "", constant));
}

/** `new_password text := 'x'` in code, and `set_password(password => 'x')`. */
const passwordAssigned =
  /(?<![\w$"'])((?=\w*(?:passw|secret))\w+(?!\w)(?:\s+(?:constant\s+)?[\w.]+)?\s*(?::=|=>)\s*)(e?'(?:[^'\\]|''|\\[^])*')/gi;

const maskAssigned = (_: string, before: string, constant: string): string =>
  before + (holdsSql(constant) ? constant : "'***'");

/** More variables than these are not followed from one block. */
const mostVariables = 50;

/** The same for variables of any name that a password comes from. */
const assignedTo = (variables: Iterable<string>): RegExp =>
  new RegExp(
    String.raw`(?<![\w$"'])((?:${[...variables].join("|")})(?!\w)(?:\s+(?:constant\s+)?[\w.]+(?:\(\d+\))?)?\s*(?::=|=(?!>)|default)\s*)(e?'(?:[^'\\]|''|\\[^])*')`,
    "gi",
  );
