import type { Catalog } from "../catalog/catalog.ts";
import type { PostgresServer } from "../engines/engine.ts";
import { ConfigurationError } from "../errors.ts";
import { judgeProjectLineage } from "../gate/project-lineage.ts";
import { openRecordedProject, type RecordedProject, type RecordedProjectOptions } from "../gate/recorded-project.ts";
import type { Revision } from "../history.ts";
import { optional } from "../optional.ts";
import type { Project } from "../project.ts";
import type { Repository } from "../repository/repository.ts";
import { loadParser } from "../sql/parser.ts";
import { alignExtensions, furnish, type Furnished, withoutFurniture } from "./furnish.ts";
import { joins } from "./joins.ts";
import { locateVersionTable } from "./locate-version-table.ts";
import { textsOf } from "./migration-texts.ts";
import type { ServerTraits } from "./traits.ts";

/** What a rehearsal plays on: a project's tool, on a database that is made like the target and has no migration yet. */
export interface RehearsalStage extends AsyncDisposable {
  readonly project: Project;
  readonly repository: Repository;
  readonly recorded: RecordedProject;
  readonly serverMajor: number;
  /** Parents before children, as the tool itself sees them. */
  readonly ordered: readonly Revision[];
  /** The names of the tables in which the tool keeps what it applied, without their schema. */
  readonly versionTables: readonly string[];
  /** That table, as SQL writes it; absent where there is none. */
  readonly versionTable?: string;
  /** In what the database is not like the target, in sentences. */
  readonly unlike: readonly string[];
  /** Brings extensions to the target's versions; gives those that could not be, a sentence each. For when the applied migrations have run. */
  alignExtensions(): Promise<readonly string[]>;
  /** The catalog, without what was put there for the rehearsal. */
  snapshot(): Promise<Catalog>;
  readonly onProgress: (step: string) => void;
}

/** @throws EngineError, ToolError and ConfigurationError as the gate does; ApplyError as `furnish` does */
export async function openRehearsalStage(
  project: Project,
  repository: Repository,
  server: PostgresServer,
  traits: ServerTraits,
  { environment, onProgress }: Pick<RecordedProjectOptions, "environment" | "onProgress">,
): Promise<RehearsalStage> {
  await using opening = new AsyncDisposableStack();
  let furnished: Furnished = { settings: {}, extensions: new Set(), schemas: new Set(), unlike: [] };
  const recorded = opening.use(
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
  const { database, session, stage, limited, prepare } = recorded;
  const history = await limited("Reading the history", () => session.history());
  const { ordered, blocked } = judgeProjectLineage(project, history, undefined);
  if (blocked !== undefined)
    throw new ConfigurationError(
      `The project ${project.name} cannot be applied: ${blocked}. \`headgate check\` says more.`,
    );
  const versionTables = await prepare();
  const versionTable = await locateVersionTable(database, versionTables, project.schema);
  await loadParser();
  const opened = opening.move();
  return {
    project,
    repository,
    recorded,
    serverMajor: server.major,
    ordered,
    versionTables,
    ...optional("versionTable", versionTable),
    unlike: furnished.unlike,
    alignExtensions: () => database.withClient((client) => alignExtensions(client, traits.extensions)),
    snapshot: async () => withoutFurniture(await stage.snapshot(), furnished),
    onProgress,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
