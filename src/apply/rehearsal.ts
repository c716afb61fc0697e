import type { Catalog, CatalogObject } from "../catalog/catalog.ts";
import type { PostgresServer } from "../engines/engine.ts";
import { lostServer } from "../engines/lost-server.ts";
import type { ServerPool } from "../engines/server-pool.ts";
import { EngineError, original } from "../errors.ts";
import type { Direction } from "../finding.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import { bringToStart } from "./bring-to-start.ts";
import { openRehearsalStage } from "./rehearsal-stage.ts";
import { rehearse, type Rehearsed } from "./rehearsed.ts";
import type { ServerTraits } from "./traits.ts";

/** What a rehearsal runs with. */
export interface RehearsalContext {
  readonly servers: ServerPool;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (step: string) => void;
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
  const stage = await whileThere(server, () =>
    openRehearsalStage(project, repository, server, traits, { environment, onProgress }),
  );
  return {
    ordered: stage.ordered,
    ...optional("versionTable", stage.versionTable),
    record: (applied, steps, direction, lacks) =>
      whileThere(server, async () => rehearse(stage, steps, direction, await bringToStart(stage, applied, lacks))),
    // Of a server that is gone nothing is left to be tidied up.
    async [Symbol.asyncDispose]() {
      try {
        await stage[Symbol.asyncDispose]();
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
