import { isSetConfig } from "./about-rows.ts";
import { onlyStatement } from "./parser.ts";
import { statementIdentity } from "./statement-identity.ts";
import { withoutLeadingComments } from "./scan-statements.ts";
import { constantText, nameParts, type BodyOf, type Node } from "./syntax.ts";

/** What one statement says about its session, and nothing else: `SET`, `RESET`, `DISCARD` or `SELECT set_config(…)`. */
export interface Setting {
  /** What it is about, in lower case, for people and for what replaces it: `search_path`, `role`, `discard all`. */
  readonly name: string;
  /** Whether it ends with its transaction. */
  readonly local: boolean;
  /** SHA-256 of the statement, its value included, hexadecimal. */
  readonly said: string;
}

const begins = /^(?:set\s+(?!constraints\b)|reset\b|discard\b|select\s+(?:pg_catalog\.)?set_config\s*\()/i;

/** What client libraries set whenever it suits them, and no statement does anything else for. */
const indifferent = /^(?:jit|application_name)$/;

const ofIndifference = /\bset_config\s*\(\s*'(?:jit|application_name)'/i;

/** What MikroORM says around each migration: its project's settings, and in a review the same every time. */
export const isMikroOrmFrame = (sql: string): boolean =>
  /^set (?:names '[^']*'|session_replication_role = '(?:replica|origin)')\s*;?\s*$/.test(sql);

/** Whether the values of a statement's bind parameters are part of what it does: a setting decides what later statements do. */
export const bindsSetting = (sql: string): boolean => isSetConfig(sql) && /\$\d/.test(sql) && !ofIndifference.test(sql);

/**
 * Whether a query sets something to what the database works out, so that its text does not say to what: its rows do.
 * @throws Error when `loadParser` was not awaited before
 */
export const worksOutSetting = (sql: string): boolean =>
  /^(?:select|with|values)\b/i.test(withoutLeadingComments(sql)) &&
  isSetConfig(sql) &&
  !ofIndifference.test(sql) &&
  settingOf(sql) === undefined;

/**
 * What a statement says about its session; `undefined` for one that does something else, or sets what changes nothing.
 * @param values what its bind parameters had, as `statementIdentity` takes it
 * @throws Error when `loadParser` was not awaited before
 */
export function settingOf(sql: string, values?: string): Setting | undefined {
  if (!begins.test(withoutLeadingComments(sql))) return undefined;
  const node = onlyStatement(sql);
  const about = node && subject(node);
  if (about === undefined || indifferent.test(about.name)) return undefined;
  return { ...about, said: statementIdentity(sql, undefined, values).text ?? "" };
}

function subject(node: Node): Pick<Setting, "name" | "local"> | undefined {
  if ("VariableSetStmt" in node) {
    const { kind, name = "", is_local: local = false } = node.VariableSetStmt;
    const isTransactions = /^transaction/i.test(name);
    return { name: kind === "VAR_RESET_ALL" ? "all settings" : name.toLowerCase(), local: local || isTransactions };
  }
  if ("DiscardStmt" in node)
    return { name: `${node.DiscardStmt.target ?? "DISCARD_ALL"}`.toLowerCase().replace("_", " "), local: false };
  return "SelectStmt" in node ? calls(node.SelectStmt) : undefined;
}

/** Of a SELECT that does nothing but call `set_config` with constants and bind parameters. */
function calls(select: BodyOf<"SelectStmt">): Pick<Setting, "name" | "local"> | undefined {
  const { targetList = [], limitOption: _, op: __, ...rest } = select;
  if (Object.keys(rest).length > 0) return undefined;
  const settings = targetList.map((target) => {
    const value = "ResTarget" in target ? target.ResTarget.val : undefined;
    const call = value && "FuncCall" in value ? value.FuncCall : undefined;
    const path = nameParts(call?.funcname);
    if (path.at(-1) !== "set_config" || (path.length > 1 && path[0] !== "pg_catalog")) return undefined;
    const [name, setting, local] = call?.args ?? [];
    if (![name, setting, local].every(isGiven)) return undefined;
    return {
      name: constantText(name)?.toLowerCase() ?? "a setting",
      local: /^t(?:rue)?$/.test(constantText(local) ?? ""),
    };
  });
  const known = settings.filter((setting) => setting !== undefined);
  if (known.length === 0 || known.length < settings.length) return undefined;
  return { name: known.map(({ name }) => name).join(", "), local: known.every(({ local }) => local) };
}

/** Whether the client says it, and no database works it out. */
function isGiven(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if ("TypeCast" in node) return isGiven(node.TypeCast.arg);
  return "ParamRef" in node || "A_Const" in node;
}
