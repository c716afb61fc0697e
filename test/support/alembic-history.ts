/** One revision of a made-up Alembic history; `upgrade` and `downgrade` are Python, `pass` when left out. */
export interface AlembicRevision {
  readonly id: string;
  readonly down?: string;
  readonly upgrade?: string;
  readonly downgrade?: string;
  /** Runs when the file is imported. */
  readonly atImport?: string;
}

const environment = `from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`;

/** A repository's files with such a history, run with this Python. @param settings more of the project's settings, as YAML in one line */
export function alembicHistory(
  python: string,
  revisions: readonly AlembicRevision[],
  settings = "",
): Record<string, string> {
  const more = settings === "" ? "" : `, ${settings}`;
  return {
    "headgate.yml": `projects: [{ directory: ., tool: alembic, interpreter: ${JSON.stringify(python)}${more} }]\n`,
    "alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql+psycopg://nowhere.invalid/x\n",
    "migrations/env.py": environment,
    "migrations/script.py.mako": "",
    ...Object.fromEntries(revisions.map((revision) => [`migrations/versions/${revision.id}.py`, source(revision)])),
  };
}

/** Python that sends this SQL. */
export const execute = (...statements: readonly string[]): string =>
  statements.map((sql) => `op.execute(${JSON.stringify(sql)})`).join("\n");

function source({ id, down, upgrade = "pass", downgrade = "pass", atImport = "" }: AlembicRevision): string {
  const body = (code: string) => code.replaceAll(/^(?=.)/gm, "    ");
  return [
    "from alembic import op",
    atImport,
    `revision = ${JSON.stringify(id)}`,
    `down_revision = ${down === undefined ? "None" : JSON.stringify(down)}`,
    `def upgrade():\n${body(upgrade)}`,
    `def downgrade():\n${body(downgrade)}\n`,
  ].join("\n\n");
}

/** An `env.py` for asyncpg. */
export const asynchronousEnvironment = `import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def work(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(context.config.get_main_option("sqlalchemy.url"))
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()

asyncio.run(main())
`;
