import { constantText, type Node, type NodeKind, nameParts, nodesOf } from "../sql/syntax.ts";
import { defaultSearchPath, type SearchPath } from "./names.ts";

/** Session settings by name in lower case: what `SET` said, as text. Absent: the server's own default. */
export type Settings = Readonly<Record<string, string>>;

/** What a statement does to the settings. `local`: only until the end of the transaction. */
export type SettingChange =
  | { readonly kind: "set"; readonly name: string; readonly value: string; readonly local: boolean }
  | { readonly kind: "reset"; readonly name: string; readonly local: boolean }
  | { readonly kind: "reset all" };

/** The kinds of statements that may change settings. */
export const settingStatements = [
  "VariableSetStmt",
  "DiscardStmt",
  "SelectStmt",
] as const satisfies readonly NodeKind[];

/** The changes that `SET`, `RESET`, `DISCARD ALL` and `set_config()` make. */
export function settingChanges(node: Node): readonly SettingChange[] {
  if ("VariableSetStmt" in node) {
    const { kind, name: written = "", args, is_local: local = false } = node.VariableSetStmt;
    const name = written.toLowerCase();
    if (kind === "VAR_RESET_ALL") return [{ kind: "reset all" }];
    if (kind === "VAR_RESET" || kind === "VAR_SET_DEFAULT") return [{ kind: "reset", name, local }];
    if (kind !== "VAR_SET_VALUE") return [];
    const value = (args ?? []).map((argument) => constantText(argument) ?? "").join(", ");
    return [{ kind: "set", name, value, local }];
  }
  if ("DiscardStmt" in node) return node.DiscardStmt.target === "DISCARD_ALL" ? [{ kind: "reset all" }] : [];
  if (!("SelectStmt" in node)) return [];
  const changes: SettingChange[] = [];
  for (const inner of nodesOf(node)) {
    const call = inner["FuncCall"] as { funcname?: Node[]; args?: Node[] } | undefined;
    if (nameParts(call?.funcname).at(-1) !== "set_config") continue;
    const [name, value, local] = (call?.args ?? []).map((argument) => constantText(argument));
    if (name !== undefined && value !== undefined)
      changes.push({ kind: "set", name: name.toLowerCase(), value, local: local === "true" || local === "t" });
  }
  return changes;
}

/** The settings after a change; `initial` is what `RESET` goes back to. */
export function withChange(settings: Settings, change: SettingChange, initial: Settings): Settings {
  if (change.kind === "reset all") return initial;
  if (change.kind === "set") return { ...settings, [change.name]: change.value };
  const { [change.name]: _, ...rest } = settings;
  const first = initial[change.name];
  return first === undefined ? rest : { ...rest, [change.name]: first };
}

/** The schemas of a `search_path`, without `"$user"`, which is the schema of no application. */
export function searchPathOf(settings: Settings): SearchPath {
  const value = settings["search_path"];
  if (value === undefined) return defaultSearchPath;
  return value
    .split(",")
    .map((part) => part.trim().replace(/^"(.*)"$/, "$1"))
    .filter((part) => part !== "" && part !== "$user");
}

const unitsMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How PostgreSQL writes a time: https://www.postgresql.org/docs/18/config-setting.html#CONFIG-SETTING-NAMES-VALUES */
const time = /^\s*\+?(0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(us|ms|s|min|h|d)?\s*$/i;
/** The largest that PostgreSQL takes. */
const longestMs = 2_147_483_647;

/** A time setting in milliseconds, the unit it has without one; `undefined` when it is not set, or PostgreSQL refuses it. */
export function settingMs(settings: Settings, name: string): number | undefined {
  const value = settings[name];
  const [, number, unit = "ms"] = (value === undefined ? undefined : time.exec(value)) ?? [];
  const ms = Math.round(Number(number) * (unitsMs[unit] ?? Number.NaN));
  return ms <= longestMs ? ms : undefined;
}

/** The settings without one of them. */
export function without(settings: Settings, name: string): Settings {
  const { [name]: _, ...rest } = settings;
  return rest;
}
