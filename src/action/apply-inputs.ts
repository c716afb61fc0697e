import type { ApplyOptions } from "../apply/apply.ts";
import { readShard, type Shard } from "../apply/shard.ts";
import { optional } from "../optional.ts";
import { limitNames } from "../repository/limits.ts";
import { inputReader } from "./input-reader.ts";

/** What a workflow with `mode: apply` asks for. */
export interface ApplyInputs {
  readonly apply: Omit<ApplyOptions, "environment" | "onProgress" | "review">;
  /** Whose approval it needs, beside that the check has seen what is applied. */
  readonly approval?: "codeowners";
  /** The environment that GitHub shows as deployed to; absent: the job has one of its own, or none. */
  readonly deployment?: string;
  /** Which part of the databases, where there are several. */
  readonly shard?: Shard;
  /** Whether to comment on the merged pull requests. */
  readonly comment: boolean;
  /** Absent: nobody can be asked what was reviewed. */
  readonly token?: string;
}

/**
 * Reads the inputs that `action.yml` declares.
 * @param get gives an input's text, and nothing or an empty text for one that is not given
 * @throws UsageError naming the input, and what it may be
 */
export function readApplyInputs(get: (name: string) => string): ApplyInputs {
  const { text, choice, duration, limit } = inputReader(get);
  const limits = Object.fromEntries(limitNames.flatMap((name) => Object.entries(optional(name, limit(name)))));
  const shard = text("shard");
  const allow = text("allow")
    ?.split(/[\s,]+/)
    .filter(Boolean);
  return {
    apply: {
      directory: text("directory") ?? ".",
      ...optional("tool", choice("tool", "alembic", "mikro-orm", "sql")),
      ...optional("project", text("project")),
      ...optional("configFile", text("config")),
      ...optional("engine", choice("engine", "auto", "testcontainers", "embedded")),
      ...optional("databaseUrl", text("database-url")),
      ...optional("lockWaitMs", duration("lock-wait")),
      limits,
      ...optional("allow", allow),
    },
    ...optional("shard", shard === undefined ? undefined : readShard(shard)),
    ...optional("approval", choice("require-approval", "codeowners")),
    ...optional("deployment", text("deployment")),
    comment: choice("comment", "true", "false") !== "false",
    ...optional("token", text("github-token")),
  };
}
