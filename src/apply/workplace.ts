import type pg from "pg";
import { accountName } from "../account-name.ts";
import { EngineError, UsageError } from "../errors.ts";
import type { EngineName } from "../engines/engine.ts";
import { serverPool, type ServerPool } from "../engines/server-pool.ts";
import { optional } from "../optional.ts";
import { planDigest } from "../plan/seal-plan.ts";
import type { Project } from "../project.ts";
import { resolveLimits, type Limits } from "../repository/limits.ts";
import type { Repository } from "../repository/repository.ts";
import { appliedCommit, type AppliedCommit } from "./commit.ts";
import type { LedgerRun } from "./ledger.ts";
import { expectWritable } from "./ledger-rights.ts";
import { takeLock, type DatabaseLock } from "./lock.ts";
import { openOne, type OneOptions } from "./open-one.ts";
import { readOverrides } from "./overrides.ts";
import { leave } from "./patience.ts";
import { productionOf, type Production } from "./production.ts";
import { historyOf, versionRecordOf } from "./read-standing.ts";
import type { Ready } from "./ready.ts";

/** What everything that changes a target needs to know. */
export interface WorkOptions extends OneOptions {
  /** The target: a connection string as libpq takes it. Absent: the `PG*` variables say it. */
  readonly databaseUrl?: string;
  /** Where the server for the rehearsal comes from. Default: the configuration's. */
  readonly engine?: Exclude<EngineName, "url" | "memory"> | "auto";
  /** A disposable database to rehearse on, in place of an engine; as `check --database-url` takes it. */
  readonly rehearsalUrl?: string;
  /** What is allowed by name; see `overrides`. */
  readonly allow?: readonly string[];
  /** How long statements may wait and run, and how often a revision is tried: what holds in place of what the project says. */
  readonly limits?: Partial<Limits>;
  /** How long to wait for another run, in milliseconds. Default: 30 minutes. */
  readonly lockWaitMs?: number;
  /** Written into the ledger. Default: the checked-out commit. */
  readonly commit?: string;
  /** The pull request that was merged, written into the ledger. */
  readonly pullRequest?: string;
  /** Who did it, written into the ledger. Default: `GITHUB_ACTOR`, else the account. */
  readonly actor?: string;
  /** The environment that the project's tool inherits, secrets removed; `PG*` variables name the target. Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Called with a short line whenever something new begins. */
  readonly onProgress?: (step: string) => void;
}

/** One project and its target, connected. Disposing closes what it opened. */
export interface Workplace extends AsyncDisposable {
  readonly project: Project;
  readonly repository: Repository;
  readonly target: Production;
  /** The connection that will hold the lock. */
  readonly client: pg.Client;
  /** Opens another one, which is closed with the workplace. */
  connect(): Promise<pg.Client>;
  readonly found: AppliedCommit;
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  readonly allow: readonly string[];
  readonly limits: Limits;
  readonly onProgress: (step: string) => void;
}

const defaultLockWaitMs = 30 * 60_000;

/**
 * `HEADGATE_SKIP=true` starts a container without a word to the database.
 * @throws UsageError for a value that may or may not mean that
 */
export function isSkipped(environment: NodeJS.ProcessEnv = process.env): boolean {
  const value = environment["HEADGATE_SKIP"] ?? "";
  if (/^(?:1|true|yes|on)$/i.test(value)) return true;
  if (/^(?:0|false|no|off)?$/i.test(value)) return false;
  throw new UsageError("HEADGATE_SKIP is neither `true` nor `false`; nothing was done.");
}

/**
 * Opens the repository and connects to the target.
 * @throws UsageError, ConfigurationError and EngineError
 */
export async function openWorkplace(options: WorkOptions): Promise<Workplace> {
  const { environment = process.env } = options;
  const { repository, project } = openOne(options);
  if (options.databaseUrl === undefined && project.targets !== undefined)
    throw new UsageError(
      `The project ${project.name} has several databases, under \`targets:\`: name one with --database-url.`,
    );
  versionRecordOf(project, repository.files);
  readOverrides(options.allow ?? []);
  const limits = resolveLimits(project.limits, options.limits);
  const target = await productionOf(options.databaseUrl, environment, options.schema);
  await using opening = new AsyncDisposableStack();
  const servers = opening.use(rehearsalServers(options, repository.configuration.engine));
  const open = async (stack: AsyncDisposableStack) => stack.adopt(await target.connect("headgate"), leave);
  const client = await open(opening);
  await target.refusePooler(client);
  const kept = opening.move();
  return {
    project,
    repository,
    target,
    client,
    found: appliedCommit(repository, project, options.commit),
    connect: () => open(kept),
    servers,
    environment,
    allow: options.allow ?? [],
    limits,
    onProgress: options.onProgress ?? (() => {}),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Takes the lock on the history. @throws EngineError when nothing can be written there, or to the ledger, or somebody else keeps it for too long */
export async function lockHistory(
  { client, project, repository, target, onProgress }: Workplace,
  { lockWaitMs = defaultLockWaitMs }: WorkOptions,
): Promise<DatabaseLock> {
  const { rows } = await client.query<{ standby: boolean; fixed: boolean }>(
    "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS fixed",
  );
  if (rows[0]?.standby)
    throw new EngineError(`${target.description} is a standby, which is read-only: connect to its primary.`);
  if (rows[0]?.fixed)
    throw new EngineError(
      `${target.description} is read-only for this role (default_transaction_read_only): connect with a role that may write.`,
    );
  await expectWritable(client);
  const history = historyOf(project, repository.files);
  return takeLock(client, { historyTable: history, name: target.workingName }, lockWaitMs, (holder) =>
    onProgress(`waiting for the lock, which ${holder} holds`),
  );
}

/** What the ledger says of a run. */
export function ledgerRun<Way extends LedgerRun["direction"]>(
  { project, repository, environment, allow, found }: Workplace,
  { rehearsed, overridden }: Ready,
  { actor, pullRequest }: WorkOptions,
  direction: Way,
): LedgerRun & { readonly direction: Way } {
  return {
    project: project.name,
    history: historyOf(project, repository.files),
    tool: project.tool,
    direction,
    plan: planDigest(rehearsed.plan),
    overrides: [...overridden, ...allow.filter((name) => name.startsWith("assume-"))],
    ...optional("actor", actor ?? environment["GITHUB_ACTOR"] ?? accountName()),
    ...optional("commit", found.commit),
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
}

/** What a rehearsal may run on: never the target, whatever the configuration says. */
const rehearsalServers = ({ engine, rehearsalUrl, onProgress }: WorkOptions, configured: EngineName | "auto") =>
  rehearsalUrl === undefined
    ? serverPool(
        engine ?? (configured === "url" || configured === "memory" ? "auto" : configured),
        onProgress === undefined ? {} : { onProgress },
      )
    : serverPool("url", { databaseUrl: rehearsalUrl });
