import { holdsSql } from "./holds-sql.ts";
import { scanTokens, type Token } from "./parser.ts";
import { isSecretName, withoutWellKnownSecrets } from "./secret-names.ts";
import { labelledSecrets, secretsInRows } from "./secret-rows.ts";
import { closings, constantValue, constantsIn, endOfExpression, listItems, type Scanned } from "./token-lists.ts";

/**
 * SQL to be shown, in which constants that are secrets by the name of what they are given to are left out: of a variable, a
 * setting, an option, an argument, a column of INSERT; also in code, and in SQL that is itself a constant. Constants and
 * comments that are not SQL are looked through for what is a secret by its form, and so is all that does not scan.
 * @throws Error when `loadParser` was not awaited before
 */
export function withoutSecretConstants(sql: string, depth = 0): string {
  if (depth < deepest && isPlain(sql)) return sql;
  const tokens = depth < deepest ? scanTokens(sql) : undefined;
  if (!tokens) return withoutWellKnownSecrets(sql);
  const scanned = { tokens, closings: closings(tokens) };
  const finders = [assigned, options, argumentsOf, secretsInRows, labelledSecrets];
  const secret = new Set(finders.flatMap((find) => find(scanned)));
  let shown = "";
  let end = 0;
  for (const token of tokens) {
    const isHidden = secret.has(token) && !holdsSql(token.text);
    const text = isHidden ? masked(token.text) : token.isConstant ? inner(token.text, depth + 1) : token.text;
    shown += withoutComments(sql.slice(end, token.start)) + text;
    end = token.end;
  }
  return shown + withoutComments(sql.slice(end));
}

/** Whether a text is names, numbers and signs alone: it scans, holds no constant and no comment, and sets nothing. */
const isPlain = (sql: string): boolean => sql.length < longestPlain && plain.test(sql) && !/\bset\b/i.test(sql);

const plain = /^(?:[a-z_]\w*(?!\w)|\d+(?!\w)|[\s(),.;]|::(?!:)|[*=<>+-](?![*=<>+-]))*$/i;
/** In UTF-16 code units; an expression that tells longer ones needs much memory. */
const longestPlain = 10_000;

/** What stands between two words. */
const withoutComments = (gap: string): string => (gap.length > 4 ? withoutWellKnownSecrets(gap) : gap);

/** SQL in a constant in a constant in a block is as deep as people go. */
const deepest = 4;

const masked = (constant: string): string => (/^[^']*'\s*'$/.test(constant) ? constant : "'***'");

/** How SQL and code begin, and hardly a sentence. */
const code = new RegExp(
  String.raw`^(?:'|\$\w*\$)\s*(?:` +
    String.raw`(?:insert|merge)\s+into|update\s[^]*?\sset|delete\s+from|(?:alter|create|drop|comment\s+on)\s+\w|select\b|` +
    String.raw`set\s+\S+\s*(?:=|to\b)|with\s+(?:recursive\s+)?\S+\s*(?:as\b|\()|begin\b|declare\b|return\b)`,
  "i",
);

/** A constant that is itself SQL or code, or any other text, without the secrets in it. */
function inner(constant: string, depth: number): string {
  const dollar = /^\$\w*\$/.exec(constant)?.[0];
  if (dollar !== undefined) {
    const body = constant.slice(dollar.length, -dollar.length);
    // Code of several lines may begin with anything.
    const isCode = code.test(constant) || /[\n;]/.test(body);
    return dollar + (isCode ? withoutSecretConstants(body, depth) : withoutWellKnownSecrets(body)) + dollar;
  }
  if (!code.test(constant)) return withoutWellKnownSecrets(constant);
  const body = constant.slice(1, -1).replaceAll("''", "'");
  return `'${withoutSecretConstants(body, depth).replaceAll("'", "''")}'`;
}

type Find = (scanned: Scanned) => readonly Token[];

/** `password = 'x'`, `pw text := 'x'`, `token text DEFAULT 'x'`, `token => 'x'`, `SET app.secret TO 'x'`. */
const assigned: Find = (scanned) => {
  const { tokens } = scanned;
  const found: Token[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (!token?.isName || !isSecretName(token.text)) continue;
    const sign = signBehind(tokens, index);
    if (sign === undefined) continue;
    const end = endOfExpression(scanned, sign + 1);
    const given = tokens[sign + 1];
    if (given?.isName && !/^default$/i.test(given.text) && isSetting(tokens, index)) found.push(given);
    found.push(...constantsIn(tokens, sign + 1, end));
    index = end - 1;
  }
  return found;
};

/** Whether a name is that of a setting, whose value needs no quotes: in SET, and in ALTER ROLE, DATABASE, SYSTEM and FUNCTION. */
function isSetting(tokens: readonly Token[], name: number): boolean {
  let first = name;
  while (first > Math.max(0, name - 9) && tokens[first - 1]?.text !== ";") first--;
  const [verb = "", kind = ""] = [tokens[first]?.text, tokens[first + 1]?.text];
  // What a column gets by DEFAULT is an expression.
  return /^set$/i.test(verb) || (/^alter$/i.test(verb) && takesSettings.test(kind));
}

const takesSettings = /^(?:role|user|database|system|function|procedure|routine)$/i;

/** Where the sign that gives something to a name stands: at once, or behind the type of a variable or a column. */
function signBehind(tokens: readonly Token[], name: number): number | undefined {
  if (/^(?::=|=|=>|to)$/i.test(tokens[name + 1]?.text ?? "")) return name + 1;
  for (let at = name + 1; at < name + 8; at++) {
    const { text = "", isName } = tokens[at] ?? {};
    if (/^(?::=|default)$/i.test(text)) return at;
    if (!isName && !/^[().\d]+$/.test(text)) return undefined;
  }
  return undefined;
}

/** `OPTIONS (user 'u', api_key 'x')`. */
const options: Find = ({ tokens }) =>
  tokens.filter(
    (token, index) =>
      token.isConstant &&
      tokens[index - 1]?.isName &&
      isSecretName(tokens[index - 1]?.text ?? "") &&
      /^(?:[(,]|add|set)$/i.test(tokens[index - 2]?.text ?? ""),
  );

/** Which argument of a function is a secret, from 0: of pgcrypto, and of Supabase's vault. */
const secretArguments: ReadonlyMap<string, number> = new Map([
  ["create_secret", 0],
  ["update_secret", 1],
  ["crypt", 0],
  ["hmac", 1],
  ["pgp_sym_encrypt", 1],
  ["pgp_sym_encrypt_bytea", 1],
  ["pgp_sym_decrypt", 1],
  ["pgp_sym_decrypt_bytea", 1],
  ["encrypt", 1],
  ["decrypt", 1],
]);
/** Their arguments are names and values, in turn. */
const pairs = /^(?:set_config|jsonb?_build_object|hstore)$/i;

const argumentsOf: Find = (scanned) => {
  const { tokens } = scanned;
  const within = new Set<Token>();
  for (const [index, token] of tokens.entries()) {
    // In what is a secret as a whole nothing more is to be found.
    if (within.has(token) || !token.isName || tokens[index + 1]?.text !== "(" || isDefined(tokens, index)) continue;
    for (const [start, end] of secretItems(scanned, index))
      for (const inner of tokens.slice(start, end)) within.add(inner);
  }
  return constantsIn(tokens, 0, tokens.length).filter((token) => within.has(token));
};

/** Which arguments of the call that begins there are secrets. */
function secretItems(scanned: Scanned, call: number): readonly (readonly [start: number, end: number])[] {
  const { tokens } = scanned;
  const { text = "" } = tokens[call] ?? {};
  const isOne = isSecretName(text);
  const known = secretArguments.get(text.toLowerCase());
  if (known === undefined && !isOne && !pairs.test(text)) return [];
  const items = listItems(scanned, call + 1);
  // Whose it is comes first: `set_password('keeper', 'x')`.
  const which = known ?? (isOne ? items.length - 1 : undefined);
  return items.filter(([start], place) => {
    if (which !== undefined) return place === which;
    const [before, end] = (place % 2 === 1 && items[place - 1]) || [start, start];
    return end - before === 1 && isSecretName(constantValue(tokens[before]) ?? "");
  });
}

/** Whether a name before a parenthesis is not called there: `CREATE TABLE token (…)`, `REFERENCES token (id)`. */
function isDefined(tokens: readonly Token[], name: number): boolean {
  let at = name - 1;
  while (at > name - 6 && tokens[at]?.text === ".") at -= 2;
  return /^(?:table|exists|of|view|into|references|on|type|only)$/i.test(tokens[at]?.text ?? "");
}
