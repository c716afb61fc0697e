import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { createWorkDatabase } from "../../src/engines/work-database.ts";
import { openStage } from "../../src/replay/open-stage.ts";
import type { Stage } from "../../src/replay/stage.ts";
import { openRepository } from "../../src/repository/repository.ts";
import { openSession } from "../../src/sessions/open-session.ts";
import type { Session } from "../../src/sessions/session.ts";
import { startProxy } from "../../src/wire/proxy.ts";
import { createRecorder, type Recorder } from "../../src/wire/recorder.ts";
import { alembicHistory, execute, type AlembicRevision } from "../support/alembic-history.ts";
import { testRepository } from "../support/repository.ts";

/** A line: each revision follows the one before. */
export const line = (...upgrades: readonly string[]): readonly AlembicRevision[] =>
  upgrades.map((upgrade, index) => ({
    id: `r${index}`,
    upgrade,
    ...(index > 0 && { down: `r${index - 1}` }),
  }));

export const table = (name: string) => execute(`CREATE TABLE ${name} (id int)`);

/** An environment that takes down outside the repository how often it ran. */
export const counting = (runs: string, begin = "context.begin_transaction()") => `
from alembic import context
from sqlalchemy import create_engine

with open(${JSON.stringify(runs)}, "a") as file:
    file.write("x")
with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    EXTRA
    context.configure(connection=connection)
    with ${begin}:
        context.run_migrations()
`;

/** Whose history is played, where, and with which of a session's ways to share a run of the tool. */
export interface AlembicStage {
  readonly python: string;
  readonly server: PostgresServer;
  readonly revisions: readonly AlembicRevision[];
  /** The package that talks to PostgreSQL. */
  readonly client?: "psycopg" | "psycopg2";
  readonly environment?: (runs: string) => string;
  readonly only: (session: Session) => Session;
}

/** Plays on a stage. Gives what came of it, and how often `env.py` ran for it. */
export async function onAlembicStage<Result>(
  {
    python,
    server,
    revisions,
    client = "psycopg",
    environment = (runs) => counting(runs).replace("EXTRA", "pass"),
    only,
  }: AlembicStage,
  play: (stage: Stage, recorder: Recorder, ids: readonly string[]) => Promise<Result>,
): Promise<{ readonly result: Result; readonly runs: number }> {
  using outside = testRepository();
  const runs = join(outside.root, "runs");
  outside.write({ runs: "" });
  using repository = testRepository({
    ...alembicHistory(python, revisions),
    "migrations/env.py": environment(runs),
    "alembic.ini": `[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql+${client}://nowhere.invalid/x\n`,
  });
  const ids = revisions.map(({ id }) => id);
  let before = 0;
  const result = await onStage(repository.root, server, only, async (stage, recorder) => {
    before = readFileSync(runs, "utf8").length;
    return await play(stage, recorder, ids);
  });
  return { result, runs: readFileSync(runs, "utf8").length - before };
}

/** Plays on a stage of the only project of a repository, whose tool has made its version table. */
export async function onStage<Result>(
  root: string,
  server: PostgresServer,
  only: (session: Session) => Session,
  play: (stage: Stage, recorder: Recorder) => Promise<Result>,
): Promise<Result> {
  const { files, projects } = openRepository({ directory: root });
  const [project] = projects;
  if (!project) throw new Error("There is no project.");
  await using database = await createWorkDatabase(server, "together");
  const recorder = await createRecorder({ connection: (name) => server.connection(name), labelledOnly: true });
  await using wire = await startProxy({ server: database.connection, recorder });
  await using session = await openSession({
    root,
    files,
    project,
    environment: process.env,
    connection: { ...database.connection, host: wire.host, port: wire.port },
    timeLimitMs: 60_000,
  });
  await session.history();
  await using stage = openStage(only(session), database, recorder, 60_000, { ownText: () => "" });
  await session.prepare();
  return await play(stage, recorder);
}
