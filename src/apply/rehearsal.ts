import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import type { ServerPool } from "../engines/server-pool.ts";
import { ApplyError, ConfigurationError, EngineError, original } from "../errors.ts";
import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import type { PlannedReport } from "../plan/repeats.ts";
import type { Plan, PlannedRevision } from "../plan/seal-plan.ts";
import { withTold, type ToldReport } from "../plan/told-sessions.ts";
import { isRepeatable } from "../lineage/repeatable.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import { judgeProjectLineage } from "../gate/project-lineage.ts";
import { asPlanned, planOf } from "../gate/project-plan.ts";
import { openRecordedProject } from "../gate/recorded-project.ts";
import { describeFailure } from "../replay/findings.ts";
import { runSample } from "../replay/prelude.ts";
import { cutHistory } from "../replay/range.ts";
import { recordedRevision } from "../replay/recorded-statements.ts";
import { preparationStep, rolesOf } from "../replay/statement-roles.ts";
import type { Repository } from "../repository/repository.ts";
import { alignExtensions, furnish, withoutFurniture, type Furnished } from "./furnish.ts";
import { joins } from "./joins.ts";
import { locateVersionTable } from "./locate-version-table.ts";
import { textsOf } from "./migration-texts.ts";
import { makeObjects } from "./old-content.ts";
import { isAtomic, sentAlone } from "./step-transactions.ts";
import { fingerprint } from "../sql/fingerprint.ts";
import { loadParser } from "../sql/parser.ts";
import type { StatementReport } from "../verdict.ts";
import type { SessionBeginning } from "../wire/startup-packet.ts";
import type { ServerTraits } from "./traits.ts";

/** What a rehearsal runs with. */
export interface RehearsalContext {
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (step: string) => void;
}

/** One revision as it ran on the ephemeral server. */
export interface RehearsedRevision {
  readonly revision: Revision;
  readonly planned: PlannedRevision;
  /** Everything that was sent, what belongs to the session and to the version table included. */
  readonly reports: readonly PlannedReport[];
  /** Whether one transaction holds all of it, and the row of the version table. */
  readonly atomic: boolean;
  /** The statements, counted from 0, that no BEGIN precedes: the server commits each when it is done. */
  readonly alone: ReadonlySet<number>;
  readonly before: Catalog;
  readonly after: Catalog;
}

/** The pending revisions, recorded from the recorded state of the target. */
export interface Rehearsed {
  readonly plan: Plan;
  readonly start: Catalog;
  /** In what the rehearsal's server is not like the target, in sentences. */
  readonly unlike: readonly string[];
  readonly revisions: readonly RehearsedRevision[];
  /** What the tool sends before its first revision, to make its version table. */
  readonly preparation: readonly ToldReport[];
  /** What its session sends, also when it has only just connected: no work, and no record of any. */
  readonly session: readonly ToldReport[];
  /** What the tool's sessions begin with. */
  readonly beginnings: readonly SessionBeginning[];
}

/** A project's tool on an ephemeral server of the target's major version. */
export interface Rehearsal extends AsyncDisposable {
  /** Parents before children, as the tool itself sees them. */
  readonly ordered: readonly Revision[];
  /** The tool's version table, as SQL writes it; absent where it has none. */
  readonly versionTable?: string;
  /**
   * Replays the applied revisions, then records the steps. To be called once.
   * @param lacks what the target has beside that, to be made first
   * @throws ApplyError when one fails
   */
  record(
    applied: ReadonlySet<string>,
    steps: readonly string[],
    direction: Direction,
    lacks?: (start: Catalog) => readonly CatalogObject[],
  ): Promise<Rehearsed>;
}

/** The label of what is sent for those that are applied already. */
const replayStep = { revision: " replay", direction: "up" } as const;

/**
 * Starts the server, and loads the project's tool on it.
 * @throws EngineError, ToolError and ConfigurationError as the gate does
 */
export async function openRehearsal(
  project: Project,
  repository: Repository,
  traits: ServerTraits,
  { servers, environment, onProgress }: RehearsalContext,
): Promise<Rehearsal> {
  onProgress("starting PostgreSQL for the rehearsal");
  const image = project.image ?? repository.configuration.image;
  const server = await servers.server({ postgres: String(traits.major), ...optional("image", image) });
  if (server.major !== traits.major)
    throw new EngineError(
      `The target runs PostgreSQL ${traits.major}, and the server for the rehearsal ${server.major}: name one of the same major version${image === undefined ? "" : " as `image:` in headgate.yml"}. Nothing was sent to the target.`,
    );
  const rehearsal = await whileThere(server, () =>
    openOn(server, project, repository, traits, { environment, onProgress }),
  );
  return {
    ...rehearsal,
    record: (...steps) => whileThere(server, () => rehearsal.record(...steps)),
    // Of a server that is gone nothing is left to be tidied up.
    async [Symbol.asyncDispose]() {
      try {
        await rehearsal[Symbol.asyncDispose]();
      } catch (error) {
        if (lostServer(original(error), server) === undefined) throw error;
      }
    },
  };
}

/** @throws EngineError in place of any error that comes of the end of the rehearsal's server */
async function whileThere<Result>(server: PostgresServer, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const first = original(thrown);
    const lost = first instanceof EngineError ? undefined : lostServer(first, server);
    if (lost === undefined) throw first;
    throw new EngineError(
      `The rehearsal did not come to its end. ${lost.message} Nothing was sent to the target; run the same command again.`,
      { cause: lost },
    );
  }
}

async function openOn(
  server: PostgresServer,
  project: Project,
  repository: Repository,
  traits: ServerTraits,
  { environment, onProgress }: Omit<RehearsalContext, "servers">,
): Promise<Rehearsal> {
  await using opening = new AsyncDisposableStack();
  let furnished: Furnished = { settings: {}, extensions: new Set(), schemas: new Set(), unlike: [] };
  const opened = opening.use(
    await openRecordedProject(project, repository, server, {
      environment,
      onProgress,
      locale: traits.locale,
      furnish: async (client, prelude) => {
        furnished = await furnish(client, traits, textsOf(project, repository), prelude);
      },
      joins,
    }),
  );
  const { database, recorder, session, stage, limited, prepare } = opened;
  const history = await limited("Reading the history", () => session.history());
  const { ordered, blocked } = judgeProjectLineage(project, history, undefined);
  if (blocked !== undefined)
    throw new ConfigurationError(
      `The project ${project.name} cannot be applied: ${blocked}. \`headgate check\` says more.`,
    );
  const versionTables = await prepare();
  const versionTable = await locateVersionTable(database.connect, versionTables, project.schema);
  await loadParser();
  const kept = opening.move();

  const snapshot = async (): Promise<Catalog> => withoutFurniture(await stage.snapshot(), furnished);

  const aligned = async (): Promise<readonly string[]> => {
    const client = await database.connect();
    try {
      return await alignExtensions(client, traits.extensions);
    } finally {
      await client.end();
    }
  };

  const replay = async (revisions: readonly Revision[]): Promise<void> => {
    if (revisions.length === 0) return;
    recorder.label(replayStep, false);
    const replayed = await stage.upgrade(revisions.map(({ id }) => id));
    recorder.label(undefined);
    if (replayed.kind === "hung") throw new ApplyError("The rehearsal of what is applied already did not end in time.");
    if (replayed.kind === "failed")
      throw new ApplyError(
        `What the target has applied cannot be replayed, so that nothing can be rehearsed: \`${replayed.failure.revision}\` fails: ${describeFailure(replayed.failure)} ${["Nothing was sent to the target.", ...furnished.unlike].join(" ")}`,
      );
  };

  const made = async (objects: readonly CatalogObject[]): Promise<readonly string[]> => {
    if (objects.length === 0) return [];
    const client = await database.connect();
    try {
      return await makeObjects(client, objects);
    } finally {
      await client.end();
    }
  };

  /** What was sent up to now, by revision and direction. */
  const reports = (): ((id: string, direction: Direction) => readonly StatementReport[]) => {
    const { statements } = recorder.recording();
    const roles = rolesOf(statements, versionTables);
    return (id, direction) =>
      recordedRevision(statements, { id, downgrade: "present" } as Revision, { roles, fingerprint })[direction] ?? [];
  };

  return {
    ordered,
    ...optional("versionTable", versionTable),
    async record(applied, steps, direction, lacks) {
      const { stamped } = cutHistory(ordered, project, ({ id }) => !applied.has(id));
      // As the target has them, also when something before them is pending.
      const earlier = ordered.filter((revision) => applied.has(revision.id) && !stamped.includes(revision));
      const ahead = stamped.filter(({ id }) => !applied.has(id));
      if (ahead.length > 0)
        throw new ConfigurationError(
          `The project ${project.name} starts at ${project.start?.revision}, but the target has not applied ${ahead[0]?.id}. Correct \`start\` in the configuration.`,
        );
      if (stamped.length > 0) await session.stamp(stamped.map(({ id }) => id));
      if (earlier.length > 0) onProgress(`rehearsal: replaying ${earlier.length} applied revisions`);
      // What runs again has to be there before what stands on it.
      const isLater = (revision: Revision) => lacks !== undefined && isRepeatable(revision, project);
      await replay(earlier.filter((revision) => !isLater(revision)));
      let lacking: readonly string[] = [];
      if (lacks !== undefined) {
        await made(lacks(await snapshot()));
        await replay(earlier.filter(isLater));
        lacking = await made(lacks(await snapshot()));
      }
      const unlike = [...furnished.unlike, ...(await aligned()), ...lacking];
      const start = await snapshot();
      const rehearsed: Pick<RehearsedRevision, "revision" | "before" | "after">[] = [];
      let before = start;
      for (const id of steps) {
        onProgress(`rehearsal: ${id}`);
        if (direction === "up") await runSample(database.connect, repository.files, project, id);
        const outcome = await stage.recorded(id, direction);
        if (outcome.kind === "hung")
          throw new ApplyError(`The rehearsal of \`${id}\` did not end in time. Nothing was sent to the target.`);
        if (outcome.kind === "failed") {
          // A server that is gone says nothing against the migration.
          await (await database.connect()).end();
          throw new ApplyError(
            `The rehearsal of \`${id}\` fails: ${describeFailure(outcome.failure)} ${["Nothing was sent to the target.", ...unlike].join(" ")}`,
          );
        }
        const after = await snapshot();
        const revision = ordered.find((one) => one.id === id) as Revision;
        rehearsed.push({ revision, before, after });
        before = after;
      }
      const reportsOf = reports();
      const taken = rehearsed.map((step) => {
        const sent = reportsOf(step.revision.id, direction);
        return { ...step, reports: asPlanned(repository.files, step.revision, sent), atomic: isAtomic(sent) };
      });
      // Some only say when they run which files they open.
      const imports = (await limited("Reading what the migrations import", async () => session.imports?.(steps))) ?? {};
      const plan = planOf(project, repository.files, {
        ...optional("toolVersion", session.toolVersion),
        serverMajor: server.major,
        account: database.connection.user,
        start,
        end: before,
        imports,
        steps: taken.map(({ revision, reports, after }) => ({ revision, statements: reports, catalog: after })),
      });
      const preparation = withTold(reportsOf(preparationStep.revision, "up"));
      return {
        plan,
        start,
        unlike,
        revisions: taken.map((step, index) => ({
          ...step,
          planned: plan.revisions[index] as PlannedRevision,
          alone: sentAlone(step.reports),
        })),
        beginnings: recorder.beginnings(),
        preparation,
        session: [...preparation, ...withTold(reportsOf(replayStep.revision, "up"))].filter(
          ({ role, sql }) => role === "session" || (role === "bookkeeping" && /^\s*select\b/i.test(sql)),
        ),
      };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
