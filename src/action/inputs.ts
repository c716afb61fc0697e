import { UsageError } from "../errors.ts";
import type { GateOptions } from "../gate.ts";
import { optional } from "../optional.ts";
import { inputReader } from "./input-reader.ts";

/** What the workflow asks for. */
export interface ActionInputs {
  /**
   * `check`: replay and judge what is checked out. `watch`: judge the open pull requests once more. `comment`: comment what a
   * run found that could not comment itself.
   */
  readonly mode: "check" | "watch" | "comment";
  /** With `watch`: whether to try every two open pull requests in both orders. */
  readonly commute: boolean;
  readonly gate: Omit<GateOptions, "environment" | "onProgress">;
  /** Whether to comment on the pull request. */
  readonly comment: boolean;
  /** Whether to keep the whole report as an artifact of the run. */
  readonly artifact: boolean;
  /** Absent: nothing can be commented. */
  readonly token?: string;
  /** What tells this job from the others of its matrix, in words. Absent: there is none. */
  readonly matrix?: string;
  /** How many jobs the matrix has; 1 where there is none. */
  readonly jobCount: number;
}

/** What the workflow wants done. @throws UsageError naming what it may be */
export const readMode = (get: (name: string) => string) =>
  inputReader(get).choice("mode", "check", "watch", "comment", "apply") ?? "check";

/**
 * Reads the inputs that `action.yml` declares; an empty one counts as not given.
 * @param get gives an input's text, and nothing or an empty text for one that is not given
 * @throws UsageError naming the input, and what it may be
 */
export function readInputs(get: (name: string) => string): ActionInputs {
  const { text, choice, duration } = inputReader(get);
  const mode = readMode(get);
  if (mode === "apply") throw new Error("Applying has inputs of its own.");
  const commute = choice("commute", "true", "false") === "true";
  if (commute && mode !== "watch") throw new UsageError("The input commute needs `mode: watch`.");
  return {
    mode,
    commute,
    gate: {
      directory: text("directory") ?? ".",
      ...optional("tool", choice("tool", "alembic", "mikro-orm", "sql")),
      ...optional("project", text("project")),
      ...optional("configFile", text("config")),
      ...optional("engine", choice("engine", "auto", "testcontainers", "embedded", "url", "memory")),
      ...optional("postgres", text("postgres")),
      ...optional("image", text("image")),
      ...optional("databaseUrl", text("database-url")),
      ...optional("base", text("base")),
      ...optional("replay", choice("replay", "new", "all")),
      ...optional("failOn", choice("fail-on", "error", "warning")),
      ...optional("timeLimitMs", duration("time-limit")),
    },
    comment: choice("comment", "true", "false") !== "false",
    artifact: choice("artifact", "true", "false") !== "false",
    ...optional("token", text("github-token")),
    ...optional("matrix", matrixText(text("matrix"))),
    jobCount: Math.min(256, Math.max(1, Number(text("matrix-size")) || 1)),
  };
}

/** The values of a matrix as GitHub gives them, JSON, as words; `undefined` where there are none. */
function matrixText(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  try {
    const pairs = Object.entries((JSON.parse(json) ?? {}) as Record<string, unknown>);
    const words = pairs.map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
    return words.join(", ").slice(0, 100) || undefined;
  } catch {
    throw new UsageError("The input matrix is no JSON; leave it as it is.");
  }
}
