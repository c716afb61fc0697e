import { userInfo } from "node:os";
import { readCatalog } from "../catalog/snapshot.ts";
import type { EngineName } from "../engines/engine.ts";
import { serverPool } from "../engines/server-pool.ts";
import { ApplyError } from "../errors.ts";
import { askGit } from "../git/run-git.ts";
import { planDigest, type Plan } from "../plan/seal-plan.ts";
import type { RepositoryOptions } from "../repository.ts";
import type { ApplyReport, TakenRevision } from "../apply-report.ts";
import { openSession } from "../sessions/open-session.ts";
import { driftOf, newDrift, describeDrift } from "./drift.ts";
import { openLedger } from "./ledger.ts";
import { takeLock } from "./lock.ts";
import { hasNothingToDo } from "./nothing-to-do.ts";
import { joins } from "./joins.ts";
import { openOne } from "./open-one.ts";
import type { GuardEvent } from "../wire/guard.ts";
import { allowedBeside } from "./attempt.ts";
import { production } from "./production.ts";
import { readStanding, versionRecordOf, type FoundStanding } from "./read-standing.ts";
import { comparison, getReady } from "./ready.ts";
import type { Rehearsed } from "./rehearsal.ts";
import type { StepContext } from "./step-context.ts";
import { takeRevision } from "./take-revision.ts";

/** What to apply, where, and how. */
export interface ApplyOptions extends RepositoryOptions {
  /** The target: a connection string as libpq takes it. Absent: the `PG*` variables say it. */
  readonly databaseUrl?: string;
  /** Where the server for the rehearsal comes from. Default: the configuration's. */
  readonly engine?: Exclude<EngineName, "url" | "memory"> | "auto";
  /** A disposable database to rehearse on, in place of an engine; as `check --database-url` takes it. */
  readonly rehearsalUrl?: string;
  /** Stop behind the rehearsal: nothing is sent to the target but SELECTs. */
  readonly dryRun?: boolean;
  /** What was reviewed. Absent: whatever is pending. */
  readonly plans?: readonly Plan[];
  /** What is allowed by name; see `overrides`. */
  readonly allow?: readonly string[];
  /** How often a revision that only lacks a lock is tried. Default 10. */
  readonly attempts?: number;
  /** How long to wait for another run, in milliseconds. Default: 30 minutes. */
  readonly lockWaitMs?: number;
  /** Written into the ledger. Default: the checked-out commit. */
  readonly commit?: string;
  readonly pullRequest?: string;
  readonly actor?: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress?: (step: string) => void;
}

const defaults = { attempts: 10, lockWaitMs: 30 * 60_000 };

/**
 * Brings a database to this commit: all that is pending, through the project's own tool, one revision at a time, under a lock.
 * @throws ApplyError when it must not or could not be done; the message says what state that leaves
 * @throws UsageError, ConfigurationError, EngineError and ToolError as the gate does
 */
export async function apply(options: ApplyOptions): Promise<ApplyReport> {
  const say = options.onProgress ?? (() => {});
  const { repository, project } = openOne(options);
  const target = production(options.databaseUrl, options.environment);
  const report = { schemaVersion: 1, project: project.name, tool: project.tool, target: target.description } as const;
  const nothing = { ...report, pending: [], applied: [], overridden: [] };
  if (isSkipped(options.environment)) return { ...nothing, outcome: "skipped" };
  const record = versionRecordOf(project, repository.files);
  const historyTable = project.versionTable ?? record.name;

  await using connections = new AsyncDisposableStack();
  const connect = async (name: string) =>
    connections.adopt(await target.connect(name), (client) => client.end().catch(() => {}));
  const client = await connect("headgate");
  await target.refusePooler(client);
  if (await hasNothingToDo(client, project, repository)) return { ...nothing, outcome: "nothing-pending" };

  const lock = options.dryRun
    ? undefined
    : await takeLock(client, historyTable, options.lockWaitMs ?? defaults.lockWaitMs, (holder) =>
        say(`waiting for the lock, which ${holder} holds`),
      );
  await using servers = rehearsalServers(options, repository.configuration.engine);
  await using ready = await getReady(project, repository, target, client, servers, options, say);
  const { standing, rehearsed, drift, overridden } = ready;
  const plan = planDigest(rehearsed.plan);
  const pending = standing.pending.map(({ id }) => id);
  const found = { ...report, pending, plan, overridden, applied: [] };
  if (pending.length === 0) return { ...found, outcome: "nothing-pending" };
  if (options.dryRun || lock === undefined) return { ...found, outcome: "dry-run" };

  const observer = await connect("headgate");
  const ledger = await openLedger(client, {
    project: project.name,
    tool: project.tool,
    direction: "up",
    plan,
    overrides: overridden,
    actor: options.actor ?? options.environment["GITHUB_ACTOR"] ?? userInfo().username,
    ...optionalText("commit", options.commit ?? askGit(repository.root, ["rev-parse", "HEAD"])),
    ...optionalText("pullRequest", options.pullRequest),
  });
  let listener: ((event: GuardEvent) => Promise<void>) | undefined;
  await using wire = await target.openWire({
    onEvent: async (event) => listener?.(event),
  });
  await using session = await openSession({
    ...repository,
    environment: options.environment,
    project,
    connection: wire.connection,
    timeLimitMs: repository.configuration["time-limit"],
    joins,
  });
  const stop = () => {
    session.kill();
    void wire[Symbol.asyncDispose]();
  };
  lock.lost.addEventListener("abort", stop);
  const isApplied = async (id: string) =>
    (await readStanding(observer, project, ready.ordered, repository.files, ready.versionTable)).applied.has(id);
  const context: StepContext = {
    project: project.name,
    session,
    wire,
    ledger,
    lock,
    client,
    observer,
    attempts: options.attempts ?? defaults.attempts,
    isRecorded: isApplied,
    onProgress: say,
    listen: (next) => (listener = next),
  };
  await prepare(standing, rehearsed, context);
  const applied: TakenRevision[] = [];
  for (const step of rehearsed.revisions) {
    const { id } = step.revision;
    say(`applying ${id} (${applied.length + 1} of ${pending.length})`);
    applied.push(await takeRevision(step, "up", context));
    if (!(await isApplied(id)))
      throw new ApplyError(`\`${id}\` ran, and the version table does not say so. Run \`headgate status\`.`);
    const surprise = newDrift(drift, driftOf(step.after, await readCatalog(client), comparison(project, ready)));
    if (surprise.size > 0)
      throw new ApplyError(
        `\`${id}\` is applied, and left another schema than in the rehearsal: ${describeDrift(surprise).join("; ")}. Nothing after it was applied. Run \`headgate status\`.`,
      );
  }
  lock.lost.removeEventListener("abort", stop);
  return { ...found, applied, outcome: "applied" };
}

/** The tool's version table, made by the tool itself, before the first revision ever. */
async function prepare(
  { versionTable }: FoundStanding,
  { preparation }: Rehearsed,
  { session, wire, lock }: StepContext,
): Promise<void> {
  if (versionTable !== undefined) return;
  await lock.verify();
  wire.begin({ revision: "", statements: [], alsoAllowed: allowedBeside(preparation) });
  const failure = await session.prepare().then(
    () => undefined,
    (error: unknown) => error,
  );
  const { refusal } = await wire.end();
  await session.release().catch(() => {});
  if (refusal !== undefined) throw new ApplyError(`The version table could not be made: ${refusal.message}`);
  if (failure !== undefined) throw failure;
}

/** What a rehearsal may run on: never the target, whatever the configuration says. */
const rehearsalServers = ({ engine, rehearsalUrl, onProgress }: ApplyOptions, configured: EngineName | "auto") =>
  rehearsalUrl === undefined
    ? serverPool(
        engine ?? (configured === "url" || configured === "memory" ? "auto" : configured),
        onProgress === undefined ? {} : { onProgress },
      )
    : serverPool("url", { databaseUrl: rehearsalUrl });

/** `HEADGATE_SKIP=true` starts a container without a word to the database. */
const isSkipped = (environment: NodeJS.ProcessEnv): boolean =>
  /^(?:1|true|yes)$/i.test(environment["HEADGATE_SKIP"] ?? "");

const optionalText = <Key extends string>(key: Key, text: string | undefined) =>
  (text === undefined ? {} : { [key]: text }) as { readonly [K in Key]?: string };
